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
        Phrasing phrasing = language == PromptLanguage.Chinese ? new ChinesePhrasing() : new EnglishPhrasing();
        return question.Pictures.Count switch
        {
            0 => WithoutPicture(question.Text, phrasing, new Dice(seed)),
            1 => OnePicture(question.Text, question.Pictures[0], phrasing, new Dice(seed)),
            _ => SeveralPictures(question, phrasing, seed),
        };
    }

    private static IEnumerable<string> OnePicture(string text, PictureFacts facts, Phrasing phrasing, Dice dice)
    {
        var topic = TopicOf.Find(text);
        yield return phrasing.Opening(facts, dice);
        yield return phrasing.Space + phrasing.Colours(facts, dice);
        if (topic != Topic.Description) yield return phrasing.Space + phrasing.Limit(topic, dice);
        foreach (var sentence in dice.Shuffle(Middle(facts, phrasing)))
        {
            yield return phrasing.Space + sentence(facts, dice);
        }

        yield return phrasing.Space + phrasing.Closing(topic, dice);
    }

    // The sentences that apply to this picture.
    private static IEnumerable<Func<PictureFacts, Dice, string>> Middle(PictureFacts facts, Phrasing phrasing)
    {
        if (facts.TransparentShare >= 0.005 && facts.Colours.Count > 0) yield return phrasing.Transparency;
        if (facts.Colours.Count == 0) yield break;
        yield return phrasing.Brightness;
        yield return phrasing.Kind;
        if (facts.Kind == PictureKind.SingleColour) yield break;
        yield return phrasing.Light;
        if (Percentages.Placed(facts).Count > 0) yield return phrasing.Placement;
    }

    private static IEnumerable<string> SeveralPictures(Question question, Phrasing phrasing, ulong seed)
    {
        var topic = TopicOf.Find(question.Text);
        var pictures = question.Pictures;
        for (var index = 0; index < pictures.Count; index++)
        {
            yield return (index == 0 ? "" : "\n") + phrasing.Numbered(index + 1, pictures[index], new Dice(seed, index));
        }

        var dice = new Dice(seed);
        var visible = Enumerable.Range(0, pictures.Count).Where(index => pictures[index].Colours.Count > 0).ToArray();
        if (visible.Length == pictures.Count)
        {
            var brightest = visible.MaxBy(index => pictures[index].Brightness);
            var darkest = visible.MinBy(index => pictures[index].Brightness);
            yield return "\n" + phrasing.Comparison(pictures, brightest, darkest, dice);
        }

        if (topic != Topic.Description) yield return "\n" + phrasing.Limit(topic, dice);
        yield return (topic == Topic.Description ? "\n" : phrasing.Space) + phrasing.Closing(topic, dice);
    }

    private static IEnumerable<string> WithoutPicture(string text, Phrasing phrasing, Dice dice)
    {
        var missing = TopicOf.SpeaksOfPicture(text);
        var quote = Quotation.Of(text);
        List<Func<string>> sentences = [() => phrasing.Quote(quote, dice), () => phrasing.Identity(dice), () => phrasing.RealModel(dice)];
        if (missing)
        {
            sentences[2] = () => phrasing.Missing(dice);
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
            yield return (index == 0 ? "" : phrasing.Space) + sentences[index]();
        }

        yield return phrasing.Space + phrasing.Invitation(dice);
    }
}
