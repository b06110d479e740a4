using System.Globalization;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>Formats figures for people, the same way in every report.</summary>
internal static class Words
{
    // Rounded down: rounded up, a broken promise would look kept.
    public static string Percent(double value) => double.IsNaN(value) ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(value * 1000) / 1000:0.###} %");

    public static string Milliseconds(double value) => double.IsNaN(value) ? "–"
        : value < 10 ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0} ms")
        : value < 10_000 ? string.Create(CultureInfo.InvariantCulture, $"{value:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{value / 1000:0.0} s");

    public static string Seconds(double milliseconds) => double.IsNaN(milliseconds) ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.00} s");

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Quiet(Figures figures, params Verdict[] verdicts) =>
        Count(figures.Run.Samples.Count(s => verdicts.Contains(s.Verdict)));

    /// <summary>A trend over the thirds of a run.</summary>
    public static string Of(Resources.Thirds thirds, string format = "0", double unit = 1) =>
        string.Join(" → ", new[] { thirds.First, thirds.Middle, thirds.Last }
            .Select(v => double.IsNaN(v) ? "–" : (v / unit).ToString(format, CultureInfo.InvariantCulture)));

    public static string Share(double value) => double.IsNaN(value) ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{100 * value:0} %");

    /// <summary>The rows of every table of contenders: the name of each figure and its text.</summary>
    public static IReadOnlyList<(string Name, Func<Figures, string> Value)> Rows { get; } =
    [
        ("requests", f => Count(f.Requests)),
        ("availability", f => Percent(f.Availability)),
        ("refused with Retry-After", f => Count(f.Refused)),
        ("failed visibly", f => Count(f.Failed)),
        ("wrong in silence", f => Count(f.Quiet)),
        ("of these truncated or lost / duplicated / otherwise different",
            f => $"{Quiet(f, Verdict.Truncated, Verdict.Lost)} / {Quiet(f, Verdict.Duplicated)} / "
                + Quiet(f, Verdict.Reordered, Verdict.Altered, Verdict.Misframed)),
        ("first token P50 / P99", f => $"{Milliseconds(f.FirstToken.At(50))} / {Milliseconds(f.FirstToken.At(99))}"),
        ("right answer, mean / P99", f => $"{Milliseconds(f.Whole.Mean)} / {Milliseconds(f.Whole.At(99))}"),
        ("longest gap in a stream P50 / P99", f => $"{Milliseconds(f.Gaps.At(50))} / {Milliseconds(f.Gaps.At(99))}"),
        ("most at once inside the SLO (waiting ones too)", f => f.Run.MostInsideSlo is { } most ? Count(most) : "–"),
        ("faults", f => Count(f.Run.Faults.Count)),
        ("until served again, median / max", f => $"{Seconds(f.Recoveries.At(50))} / {Seconds(f.Recoveries.Max)}"),
        ("not served again before the next fault", f => Count(f.Run.Faults.Count(x => x.RecoveredAt is null))),
        ("failovers", f => f.Run.Failovers.Count == 0 ? "–" : Count(f.Run.Failovers.Values.Sum())),
        ("silence of a failover P50 / P99 / max", f => f.Silences.Count == 0 ? "–"
            : $"{Milliseconds(f.Silences.At(50))} / {Milliseconds(f.Silences.At(99))} / {Milliseconds(f.Silences.Max)}"),
        ("machine busy", f => Share(f.Run.MachineBusy)),
    ];

    /// <summary>The kinds of failure of a run, the most frequent first, each with an example.</summary>
    public static IEnumerable<(string Verdict, int Count, string Example)> Failures(RunResult run) => run.Samples
        .Where(s => s.Verdict != Verdict.Right).GroupBy(s => (s.Verdict, s.Status)).OrderByDescending(g => g.Count())
        .Select(g => ($"{g.Key.Verdict.ToString().ToLowerInvariant()}{(g.Key.Status is 0 or 200 ? "" : $" ({g.Key.Status})")}",
            g.Count(), g.First().Detail));
}
