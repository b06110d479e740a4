namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Rounds shares to whole percentages that never sum to more than 100.</summary>
internal static class Percentages
{
    private const int MostShown = 3;

    /// <summary>The colours worth naming, most first, each with its whole percentage of at least 1.</summary>
    public static IReadOnlyList<(ColourShare Colour, int Percent)> Shown(PictureFacts facts)
    {
        // Largest remainder: every share is rounded down, and the points lost go to the shares that lost most.
        var percents = facts.Colours.Select(colour => (int)Math.Floor(colour.Share * 100)).ToArray();
        var byRemainder = Enumerable.Range(0, percents.Length)
            .OrderByDescending(index => (facts.Colours[index].Share * 100) - percents[index]);
        foreach (var index in byRemainder.Take(100 - percents.Sum())) percents[index]++;
        return [.. facts.Colours.Zip(percents).Where(pair => pair.Second > 0).Take(MostShown)];
    }

    /// <summary>The two main colours, as far as they lie mostly in one place.</summary>
    public static IReadOnlyList<ColourShare> Placed(PictureFacts facts) =>
    [
        .. Shown(facts)
            .Where(shown => shown.Percent >= 5)
            .Take(2)
            .Select(shown => shown.Colour)
            .Where(colour => colour.Placement != Placement.Everywhere),
    ];

    /// <summary>A share (0..1) as a whole percentage.</summary>
    public static int Whole(double share) => (int)Math.Round(share * 100, MidpointRounding.AwayFromZero);
}
