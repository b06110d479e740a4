namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Composes what the embedded engine says: only what was measured, and plainly what it cannot do.</summary>
internal static class Answer
{
    /// <summary>
    /// The answer, piece by piece, made only as far as it is read. A piece is a sentence with the space or line break
    /// before it, never empty; the same question, language and seed give the same pieces.
    /// </summary>
    /// <param name="question">The text and the measured pictures.</param>
    /// <param name="language">The language to answer in.</param>
    /// <param name="seed">Chooses wording and order; the facts stay the same.</param>
    public static IEnumerable<string> Compose(Question question, PromptLanguage language, ulong seed)
    {
        Voice voice = language == PromptLanguage.Chinese ? new ChineseVoice() : new EnglishVoice();
        return question.Pictures.Count switch
        {
            0 => WithoutPicture(question.Text, voice, new Dice(seed)),
            1 => OnePicture(question.Text, question.Pictures[0], voice, new Dice(seed)),
            _ => SeveralPictures(question, voice, seed),
        };
    }

    private static IEnumerable<string> OnePicture(string text, PictureFacts facts, Voice voice, Dice dice)
    {
        var topic = TopicOf.Find(text);
        yield return voice.Opening(facts, dice);
        yield return voice.Space + voice.Colours(facts, dice);
        if (topic != Topic.Description) yield return voice.Space + voice.Limit(topic, dice);
        foreach (var sentence in dice.Shuffle(Middle(facts, voice)))
        {
            yield return voice.Space + sentence(facts, dice);
        }

        yield return voice.Space + voice.Closing(topic, dice);
    }

    // Only sentences that tell something about this picture.
    private static IEnumerable<Func<PictureFacts, Dice, string>> Middle(PictureFacts facts, Voice voice)
    {
        if (facts.TransparentShare >= 0.005 && facts.Colours.Count > 0) yield return voice.Transparency;
        if (facts.Colours.Count == 0) yield break;
        yield return voice.Brightness;
        yield return voice.Kind;
        if (facts.Kind == PictureKind.SingleColour) yield break;
        yield return voice.Light;
        if (Percentages.Placed(facts).Count > 0) yield return voice.Placement;
    }

    private static IEnumerable<string> SeveralPictures(Question question, Voice voice, ulong seed)
    {
        var topic = TopicOf.Find(question.Text);
        var pictures = question.Pictures;
        for (var index = 0; index < pictures.Count; index++)
        {
            yield return (index == 0 ? "" : "\n") + voice.Numbered(index + 1, pictures[index], new Dice(seed, index));
        }

        var dice = new Dice(seed);
        var visible = Enumerable.Range(0, pictures.Count).Where(index => pictures[index].Colours.Count > 0).ToArray();
        if (visible.Length == pictures.Count)
        {
            var brightest = visible.MaxBy(index => pictures[index].Brightness);
            var darkest = visible.MinBy(index => pictures[index].Brightness);
            yield return "\n" + voice.Comparison(pictures, brightest, darkest, dice);
        }

        if (topic != Topic.Description) yield return "\n" + voice.Limit(topic, dice);
        yield return (topic == Topic.Description ? "\n" : voice.Space) + voice.Closing(topic, dice);
    }

    private static IEnumerable<string> WithoutPicture(string text, Voice voice, Dice dice)
    {
        var missing = TopicOf.SpeaksOfPicture(text);
        var quote = Quotation.Of(text);
        List<Func<string>> sentences = [() => voice.Quote(quote, dice), () => voice.Identity(dice), () => voice.RealModel(dice)];
        if (missing)
        {
            sentences[2] = () => voice.Missing(dice);
            sentences = dice.Shuffle(sentences);
        }
        else if (quote.IsEmpty)
        {
            sentences.RemoveAt(2);
        }
        else if (dice.Pick(Slot.Order, true, false))
        {
            // What the engine is comes before what it is not: only the quotation can move.
            sentences = [sentences[1], sentences[2], sentences[0]];
        }

        for (var index = 0; index < sentences.Count; index++)
        {
            yield return (index == 0 ? "" : voice.Space) + sentences[index]();
        }

        yield return voice.Space + voice.Invitation(dice);
    }
}
