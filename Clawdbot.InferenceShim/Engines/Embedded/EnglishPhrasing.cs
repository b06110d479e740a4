using static Clawdbot.InferenceShim.Engines.Embedded.EnglishWords;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Words answers in English; this file has the sentences about one picture.</summary>
internal sealed partial class EnglishPhrasing : Phrasing
{
    public override string Space => " ";

    public override string Opening(PictureFacts facts, Dice dice)
    {
        var size = $"{facts.Width}x{facts.Height} pixels";
        return dice.Pick(
            Slot.Opening,
            $"This picture measures {size} and arrived as a {facts.Format} file in {Orientation(facts)} format.",
            $"The picture is {size} in size, a {facts.Format} file that is {Shape(facts)}.",
            $"I measured a {facts.Format} picture of {size}, {Shape(facts)}.",
            $"Your picture is a {facts.Format} file of {size} in {Orientation(facts)} format.");
    }

    public override string Colours(PictureFacts facts, Dice dice)
    {
        var shown = Percentages.Shown(facts);
        if (shown.Count == 0) return "It is completely transparent, so there is no colour to measure.";
        var (colour, percent) = (Colour(shown[0].Colour.Colour), shown[0].Percent);
        if (shown.Count == 1) return OneColour(colour, percent, dice);
        var others = shown.Skip(1).Select(other => (Name: Colour(other.Colour.Colour), other.Percent)).ToList();
        var inWords = List([.. others.Select(other => $"{other.Name} with {other.Percent}%")]);
        var inBrackets = List([.. others.Select(other => $"{other.Name} ({other.Percent}%)")]);
        return dice.Pick(
            Slot.Colours,
            $"Its most common colour is {colour} with {percent}% of the area, followed by {inWords}.",
            $"The dominant colour is {colour} at {percent}%; {inBrackets} {(others.Count == 1 ? "comes" : "come")} next.",
            $"By area it is {List([.. shown.Select(one => $"{one.Percent}% {Colour(one.Colour.Colour)}")])}.",
            $"{Capital(colour)} takes the largest share of the area ({percent}%), ahead of {inBrackets}.");
    }

    private static string OneColour(string colour, int percent, Dice dice) => dice.Pick(
        Slot.Colours,
        $"The dominant colour is {colour}, at {percent}% of the area.",
        $"{Capital(colour)} fills {percent}% of the area.",
        $"By area it is {percent}% {colour}.");

    public override string Placement(PictureFacts facts, Dice dice)
    {
        var placed = Percentages.Placed(facts).Select(one => (Name: Colour(one.Colour), Place: Place(one.Placement))).ToList();
        var (name, place) = placed[0];
        if (placed.Count == 1)
        {
            return dice.Pick(
                Slot.Placement,
                $"Most of the {name} lies in {place}.",
                $"The {name} is found mainly in {place}.",
                $"Looking for the {name}, one finds most of it in {place}.");
        }

        var (second, secondPlace) = placed[1];
        if (place == secondPlace)
        {
            return dice.Pick(
                Slot.Placement,
                $"Most of the {name} and most of the {second} lie in {place}.",
                $"Both {name} and {second} are found mainly in {place}.");
        }

        return dice.Pick(
            Slot.Placement,
            $"Most of the {name} lies in {place}, most of the {second} in {secondPlace}.",
            $"The {name} is found mainly in {place}, the {second} in {secondPlace}.",
            $"One finds most of the {name} in {place} and most of the {second} in {secondPlace}.");
    }

    public override string Brightness(PictureFacts facts, Dice dice)
    {
        var percent = Percentages.Whole(facts.Brightness);
        var level = BrightnessLevel(facts.Brightness);
        var contrast = ContrastWord(ContrastLevel(facts.Contrast));
        return dice.Pick(
            Slot.Brightness,
            $"Overall it is {BrightnessWord(level)}, with a mean brightness of {percent}% and {contrast}.",
            $"The mean brightness is {percent}% ({BrightnessInShort(level)}), with {contrast}.",
            $"On a scale from black (0%) to white (100%) its mean is {percent}%, with {contrast}.");
    }

    public override string Light(PictureFacts facts, Dice dice)
    {
        if (!Noticeable(facts.CellRange))
        {
            return dice.Pick(
                Slot.Light,
                "Light is spread evenly: no part is clearly lighter than another.",
                "No part of it is clearly lighter or darker than the rest.");
        }

        var (lightest, darkest) = (Cell(facts.LightestCell), Cell(facts.DarkestCell));
        return dice.Pick(
            Slot.Light,
            $"The lightest part is {lightest}, the darkest {darkest}.",
            $"Light gathers {lightest}, while it is darkest {darkest}.",
            $"It is darkest {darkest} and lightest {lightest}.");
    }

    public override string Kind(PictureFacts facts, Dice dice)
    {
        var share = Percentages.Whole(facts.EqualNeighbours);
        var equal = share == 0 ? "hardly any pixel equals its neighbours" : $"{share}% of the pixels equal their neighbours";
        var few = facts.EqualNeighbours >= 0.55 ? equal : $"there are only {facts.DistinctColours} different colours";
        var little = share == 0 ? equal : $"only {equal}";
        return facts.Kind switch
        {
            PictureKind.SingleColour => dice.Pick(
                Slot.Kind,
                "It is one even area without any detail.",
                "There is no detail in it, just one even area."),
            PictureKind.Drawing => dice.Pick(
                Slot.Kind,
                $"It looks like a drawing or a screenshot rather than a photograph: {few}.",
                $"Since {few}, it is more likely drawn than photographed.",
                $"Its flat areas suggest a drawing, not a photograph: {few}."),
            PictureKind.Photograph => dice.Pick(
                Slot.Kind,
                $"It looks more like a photograph than a drawing: {little}.",
                $"Since {little}, it is more likely photographed than drawn.",
                $"Its fine variation suggests a photograph: {little}."),
            _ => dice.Pick(
                Slot.Kind,
                $"Whether it was drawn or photographed is unclear: {equal}.",
                $"It could be a drawing or a photograph: {equal}."),
        };
    }

    public override string Transparency(PictureFacts facts, Dice dice)
    {
        var share = Percentages.Whole(facts.TransparentShare);
        return dice.Pick(
            Slot.Transparency,
            $"About {share}% of it is transparent; the shares of the colours refer to the rest.",
            $"The colours were measured in its visible part, since about {share}% is transparent.");
    }

    public override string Limit(Topic topic, Dice dice) => topic == Topic.Writing
        ? dice.Pick(
            Slot.Limit,
            "I cannot read what is written there: I measure pixels.",
            "You asked about text, but I measure pixels and cannot read.")
        : dice.Pick(
            Slot.Limit,
            "I cannot name what is shown, because I measure pixels and do not recognise objects.",
            "You asked what is shown: I measure pixels and do not recognise objects, so I cannot tell.");

    public override string Closing(Topic topic, Dice dice) => topic == Topic.Description
        ? dice.Pick(
            Slot.Closing,
            "I am the embedded engine of Clawdbot: I measure pixels and do not recognise objects.",
            "What is shown I cannot say, because this embedded engine measures and does not recognise objects.",
            "These are measurements by Clawdbot's embedded engine, which does not recognise objects.")
        : dice.Pick(
            Slot.Closing,
            "That takes the full model on a GPU engine; I am only the embedded engine of Clawdbot.",
            "Ask again when a GPU engine with the full model is running; this is Clawdbot's embedded engine.");
}
