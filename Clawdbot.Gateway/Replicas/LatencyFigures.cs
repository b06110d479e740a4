namespace Clawdbot.Gateway.Replicas;

/// <summary>Figures of how fast the last attempts were.</summary>
/// <param name="SecondsPerWeight">
/// Seconds in which 19 of 20 first tokens came, for each unit of their prompt's <see cref="PromptSize.Weight"/>.
/// </param>
/// <param name="LongestGap">Longest gap between two tokens in 19 of 20 answers; null when too few were seen.</param>
internal sealed record LatencyFigures(double SecondsPerWeight, TimeSpan? LongestGap)
{
    /// <summary>
    /// The figures before enough was seen: 1 s to the first token of a small prompt, as on a GPU that is not idle, and in proportion more
    /// for larger ones.
    /// </summary>
    public static readonly LatencyFigures Cold = new(1.0 / new PromptSize(0, 0).Weight, null);

    /// <summary>Number of attempts that figures need.</summary>
    public const int Fewest = 16;

    /// <summary>Time in which the first token of such a prompt comes in 19 of 20 attempts.</summary>
    public TimeSpan FirstToken(PromptSize prompt) => TimeSpan.FromSeconds(SecondsPerWeight * prompt.Weight);

    /// <summary>Figures of these attempts; null when they are too few. Sorts the spans.</summary>
    public static LatencyFigures? Of(Span<double> secondsPerWeight, Span<double> gaps) => secondsPerWeight.Length < Fewest
        ? null
        : new(High(secondsPerWeight), gaps.Length < Fewest ? null : TimeSpan.FromSeconds(High(gaps)));

    /// <summary>The median of several figures, and the faster one of two; null when there are none.</summary>
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
