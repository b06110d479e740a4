namespace Clawdbot.Gateway.Replicas;

/// <summary>What the last attempts come to.</summary>
/// <param name="SecondsPerWeight">
/// Seconds in which 19 of 20 first tokens came, for each unit of their prompt's <see cref="PromptSize.Weight"/>.
/// </param>
/// <param name="LongestGap">In 19 of 20 answers no gap between two tokens was longer; null when too few were seen.</param>
internal sealed record LatencyFigures(double SecondsPerWeight, TimeSpan? LongestGap)
{
    /// <summary>
    /// Before enough was seen: what a small prompt's first token takes on a GPU that is not idle, 1 s, and in proportion for larger ones.
    /// </summary>
    public static readonly LatencyFigures Cold = new(1.0 / new PromptSize(0, 0).Weight, null);

    /// <summary>Attempts that it takes to say anything.</summary>
    public const int Fewest = 16;

    /// <summary>When the first token of such a prompt has come in 19 of 20 attempts.</summary>
    public TimeSpan FirstToken(PromptSize prompt) => TimeSpan.FromSeconds(SecondsPerWeight * prompt.Weight);

    /// <summary>Of these attempts; null when they are too few. Sorts what it is given.</summary>
    public static LatencyFigures? Of(Span<double> secondsPerWeight, Span<double> gaps) => secondsPerWeight.Length < Fewest
        ? null
        : new(High(secondsPerWeight), gaps.Length < Fewest ? null : TimeSpan.FromSeconds(High(gaps)));

    /// <summary>The middle of several, of two the faster one; null when there are none.</summary>
    public static LatencyFigures? Middle(IReadOnlyCollection<LatencyFigures> figures)
    {
        if (figures.Count == 0)
            return null;
        var weights = figures.Select(f => f.SecondsPerWeight).Order().ToList();
        var gaps = figures.Select(f => f.LongestGap).OfType<TimeSpan>().Order().ToList();
        return new(weights[(weights.Count - 1) / 2], gaps.Count == 0 ? null : gaps[(gaps.Count - 1) / 2]);
    }

    private static double High(Span<double> values)
    {
        values.Sort();
        return values[(int)Math.Ceiling(values.Length * 0.95) - 1];
    }
}
