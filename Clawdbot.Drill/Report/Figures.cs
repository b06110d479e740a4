using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>One second of a run, by when requests were due. Times in milliseconds.</summary>
/// <param name="Right">Answers that were right.</param>
/// <param name="Refused">Requests that were refused with a <c>Retry-After</c>.</param>
/// <param name="Failed">Answers that failed visibly, or hung.</param>
/// <param name="Quiet">Answers that were wrong and looked right.</param>
/// <param name="P50">Median of the first token (of the whole, where nothing was streamed); NaN for none.</param>
/// <param name="P99">P99 of the same.</param>
internal sealed record Second(int Right, int Refused, int Failed, int Quiet, double P50, double P99);

/// <summary>The figures of one run. Times in milliseconds.</summary>
internal sealed class Figures
{
    public Figures(RunResult run)
    {
        Run = run;
        Requests = run.Samples.Count;
        Right = run.Samples.Count(s => s.Verdict == Verdict.Right);
        Refused = run.Samples.Count(s => s.Verdict == Verdict.Refused);
        Quiet = run.Samples.Count(s => s.Verdict.IsQuiet());
        Failed = Requests - Right - Refused - Quiet;
        FirstToken = new Percentiles(run.Samples.Select(s => s.FirstToken).OfType<double>());
        Whole = new Percentiles(run.Samples.Where(s => s.Verdict == Verdict.Right).Select(s => s.Total));
        Gaps = new Percentiles(run.Samples.Select(s => s.LongestGap).OfType<double>());
        Silences = new Percentiles(run.Samples.SelectMany(s => s.Silences));
        Recoveries = new Percentiles(run.Faults.Where(f => f.RecoveredAt is not null).Select(f => f.RecoveredAt!.Value - f.At));
        Seconds = [.. PerSecond(run)];
    }

    public RunResult Run { get; }

    public int Requests { get; }

    public int Right { get; }

    /// <summary>Requests that were refused: 429 or 503 with a <c>Retry-After</c>.</summary>
    public int Refused { get; }

    /// <summary>Answers that failed visibly, or hung.</summary>
    public int Failed { get; }

    /// <summary>Answers that were wrong and looked right.</summary>
    public int Quiet { get; }

    /// <summary>Share of right answers, percent; NaN for no request.</summary>
    public double Availability => Requests == 0 ? double.NaN : 100.0 * Right / Requests;

    /// <summary>Time from when a streamed request was due to its first text.</summary>
    public Percentiles FirstToken { get; }

    /// <summary>Time from when a request was due to the end of its right answer.</summary>
    public Percentiles Whole { get; }

    /// <summary>The longest gap of each streamed answer.</summary>
    public Percentiles Gaps { get; }

    /// <summary>Silences of failovers in mid-answer, as the gateway reports them.</summary>
    public Percentiles Silences { get; }

    /// <summary>Time from each fault until clients were served without failure.</summary>
    public Percentiles Recoveries { get; }

    public IReadOnlyList<Second> Seconds { get; }

    private static IEnumerable<Second> PerSecond(RunResult run)
    {
        var length = Math.Max(1, (int)Math.Ceiling(run.Length / 1000));
        var seconds = run.Samples.ToLookup(s => Math.Min(length - 1, (int)(s.Due / 1000)));
        for (var i = 0; i < length; i++)
        {
            var these = seconds[i].ToList();
            var waits = new Percentiles(these.Select(s => s.FirstToken).OfType<double>());
            if (waits.Count == 0)
                waits = new Percentiles(these.Where(s => s.Verdict == Verdict.Right).Select(s => s.Total));
            var right = these.Count(s => s.Verdict == Verdict.Right);
            var refused = these.Count(s => s.Verdict == Verdict.Refused);
            var quiet = these.Count(s => s.Verdict.IsQuiet());
            yield return new Second(right, refused, these.Count - right - refused - quiet, quiet, waits.At(50), waits.At(99));
        }
    }
}
