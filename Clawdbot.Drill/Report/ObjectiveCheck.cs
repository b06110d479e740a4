using System.Globalization;
using Clawdbot.Drill.Load;
using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Drill.Report;

/// <summary>Holds a run against the scenario's objectives.</summary>
internal static class ObjectiveCheck
{
    public static IReadOnlyList<ObjectiveResult> Check(Objectives wanted, RunResult run)
    {
        var results = new List<ObjectiveResult>();
        var failed = run.Samples.Count(s => s.Verdict is not (Verdict.Right or Verdict.Refused));
        var quiet = run.Samples.Count(s => s.Verdict.IsQuiet());
        var right = run.Samples.Count == 0 ? 0 : 100.0 * run.Samples.Count(s => s.Verdict == Verdict.Right) / run.Samples.Count;
        var firstTokens = run.Samples.Select(s => s.FirstToken).OfType<double>().Order().ToList();
        var silences = run.Samples.SelectMany(s => s.Silences).Order().ToList();
        var recoveries = run.Faults.Select(f => f.RecoveredAt is { } back ? (back - f.At) / 1000 : double.PositiveInfinity).DefaultIfEmpty(0);

        Least("availability", wanted.Availability, right, "%");
        Most("answers wrong in silence", wanted.Quiet, quiet, "");
        Most("failed answers", wanted.Failed, failed, "");
        Most("first token, P95", wanted.FirstTokenP95Ms, At(firstTokens, .95), "ms");
        Most("silence of a failover, P99", wanted.SilenceP99Ms, At(silences, .99), "ms");
        Most("back in service after a fault, longest", wanted.RecoverySeconds, recoveries.Max(), "s");
        // Every objective holds for a run in which nothing was asked; that must not be a success.
        if (run.Samples.Count == 0)
            results.Add(new ObjectiveResult("requests", "at least one", "none", false));
        return results;

        void Least(string name, double? limit, double measured, string unit)
        {
            if (limit is { } least)
                results.Add(new ObjectiveResult(name, $"at least {Text(least)} {unit}", $"{Text(measured)} {unit}", measured >= least));
        }

        void Most(string name, double? limit, double measured, string unit)
        {
            if (limit is { } most)
                results.Add(new ObjectiveResult(name, $"at most {Text(most)} {unit}".TrimEnd(), double.IsNaN(measured) ? "none seen" : $"{Text(measured)} {unit}".TrimEnd(), !(measured > most)));
        }
    }

    /// <summary>
    /// The same marks, each with the time from which on clients were served without failure: the end of the last answer due after
    /// it, and before the next mark, that was not right.
    /// </summary>
    public static IReadOnlyList<FaultMark> Recoveries(IReadOnlyList<FaultMark> marks, IReadOnlyList<Sample> samples)
    {
        var bad = samples.Where(s => s.Verdict is not Verdict.Right).Select(s => s.Due).Order().ToList();
        var last = samples.Count == 0 ? 0 : samples.Max(s => s.Due);
        return [.. marks.Select((mark, i) =>
        {
            var until = i + 1 < marks.Count ? marks[i + 1].At : double.PositiveInfinity;
            var hit = bad.Where(due => due >= mark.At && due < until).DefaultIfEmpty(mark.At).Max();
            return mark with { RecoveredAt = hit >= last && hit > mark.At ? null : hit };
        })];
    }

    private static double At(List<double> sorted, double quantile) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(quantile * sorted.Count) - 1)];

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
