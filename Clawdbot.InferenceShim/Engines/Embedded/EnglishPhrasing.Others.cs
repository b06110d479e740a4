using static Clawdbot.InferenceShim.Engines.Embedded.EnglishWords;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The sentences about several pictures and those without a picture.</summary>
internal sealed partial class EnglishPhrasing
{
    public override string Numbered(int number, PictureFacts facts, Dice dice)
    {
        var size = $"{facts.Width}x{facts.Height} pixels, {facts.Format}, {Orientation(facts)}";
        var shown = Percentages.Shown(facts);
        if (shown.Count == 0) return $"Picture {number} ({size}) is completely transparent.";
        var colours = List([.. shown.Select(one => $"{Colour(one.Colour.Colour)} ({one.Percent}%)")]);
        var light = $"{BrightnessWord(BrightnessLevel(facts.Brightness))}, with {ContrastWord(ContrastLevel(facts.Contrast))}";
        var (mostly, mainColours) = (shown[0].Percent == 100 ? "all" : "mostly", shown.Count == 1 ? "colour is" : "colours are");
        var kind = KindInShort(facts.Kind);
        return dice.Pick(
            Slot.Opening,
            $"Picture {number} ({size}) is {mostly} {colours}; it is {light}, and {kind}.",
            $"Picture {number} ({size}): {mostly} {colours}, {light}; it {kind}.",
            $"Picture {number} ({size}) {kind}; its main {mainColours} {colours}, and it is {light}.");
    }

    public override string Comparison(IReadOnlyList<PictureFacts> pictures, int brightest, int darkest, Dice dice)
    {
        var (most, least) = (Percentages.Whole(pictures[brightest].Brightness), Percentages.Whole(pictures[darkest].Brightness));
        if (!Noticeable(pictures[brightest].Brightness - pictures[darkest].Brightness))
        {
            return pictures.Count == 2 ? "Both are about equally bright." : "All of them are about equally bright.";
        }

        if (pictures.Count == 2) return $"Picture {brightest + 1} is the brighter one, with a mean of {most}% against {least}%.";
        return dice.Pick(
            Slot.Comparison,
            $"The brightest is picture {brightest + 1} with a mean of {most}%, the darkest picture {darkest + 1} with {least}%.",
            $"Mean brightness runs from {least}% in picture {darkest + 1} to {most}% in picture {brightest + 1}.");
    }

    public override string Identity(Dice dice) => dice.Pick(
        Slot.Identity,
        "This is the embedded engine of Clawdbot, which measures pictures and cannot hold a conversation.",
        "I am Clawdbot's embedded engine: I measure pictures, but I cannot hold a conversation.",
        "You have reached the embedded engine of Clawdbot; it measures pictures and cannot talk about anything else.",
        "The answer comes from Clawdbot's embedded engine, made to measure pictures and not to converse.");

    public override string Quote(Quotation quote, Dice dice)
    {
        if (quote.IsEmpty) return "Your message held no text.";
        if (quote.Cut)
        {
            return dice.Pick(
                Slot.Quote,
                $"Your message begins: “{quote.Text}…”.",
                $"The message that arrived begins “{quote.Text}…”.");
        }

        var stop = quote.EndsItself ? "" : ".";
        return dice.Pick(
            Slot.Quote,
            $"You wrote: “{quote.Text}”{stop}",
            $"Your message was: “{quote.Text}”{stop}",
            $"What arrived was “{quote.Text}”{stop}",
            $"Your words were “{quote.Text}”{stop}");
    }

    public override string RealModel(Dice dice) => dice.Pick(
        Slot.RealModel,
        "The real model, which can answer this, runs on GPU engines.",
        "For a proper answer, a GPU engine with the real model has to be running.",
        "Questions like this are for the real model, and that runs on GPU engines.");

    public override string Missing(Dice dice) => dice.Pick(
        Slot.RealModel,
        "The message speaks of a picture, but no picture came with it.",
        "No picture came with this message, so there is nothing to measure.",
        "A picture is mentioned, yet none was sent along.");

    public override string Invitation(Dice dice) => dice.Pick(
        Slot.Invitation,
        "Send a PNG, JPEG, WebP, GIF or BMP picture as an image_url part, and it will be measured: size, colours, light.",
        "To have a picture measured, add an image_url part with a PNG, JPEG, WebP, GIF or BMP file to the message.",
        "Attach a picture (PNG, JPEG, WebP, GIF or BMP, as an image_url part) to get its size, colours and brightness.");

    private static string KindInShort(PictureKind kind) => kind switch
    {
        PictureKind.SingleColour => "shows one even area",
        PictureKind.Drawing => "looks drawn rather than photographed",
        PictureKind.Photograph => "looks photographed rather than drawn",
        _ => "could be drawn or photographed",
    };
}
