using System.Globalization;
using Clawdbot.Drill.Faults;
using Clawdbot.Drill.Ledger;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>Checks a run against the scenario's objectives.</summary>
internal static class ObjectiveCheck
{
    public static IReadOnlyList<ObjectiveResult> Check(Objectives wanted, RunResult run)
    {
        var results = new List<ObjectiveResult>();
        var failed = run.Samples.Count(s => s.Verdict is not (Verdict.Right or Verdict.Refused));
        var quiet = run.Samples.Count(s => s.Verdict.IsQuiet());
        var right = run.Samples.Count == 0 ? 0 : 100.0 * run.Samples.Count(s => s.Verdict == Verdict.Right) / run.Samples.Count;
        var firstToken = new Percentiles(run.Samples.Select(s => s.FirstToken).OfType<double>()).At(95);
        if (double.IsNaN(firstToken) && run.Samples.Any(s => s.Stream))
            firstToken = double.PositiveInfinity; // asked for, and never seen
        var silence = new Percentiles(run.Samples.SelectMany(s => s.Silences)).At(99);
        var recoveries = run.Faults.Select(f => f.RecoveredAt is { } back ? (back - f.At) / 1000 : double.PositiveInfinity)
            .DefaultIfEmpty(0);
        var growth = run.Trends.Select(t => t.Growth).Where(g => !double.IsNaN(g)).DefaultIfEmpty(double.PositiveInfinity).Max();

        Least(results, "availability", wanted.Availability, right, "%");
        Most(results, "answers wrong in silence", wanted.Quiet, quiet, "");
        Most(results, "failed answers", wanted.Failed, failed, "");
        Most(results, "first token, P95", wanted.FirstTokenP95Ms, firstToken, "ms");
        Most(results, "silence of a failover, P99", wanted.SilenceP99Ms, silence, "ms");
        Most(results, "back in service after a fault, longest", wanted.RecoverySeconds, recoveries.Max(), "s");
        Most(results, "growth of a process that lived through it", wanted.GrowthPercent, growth, "%");
        if (run.Ledger is { } ledger)
            results.Add(AsCounted(ledger));
        // Every objective holds for a run in which nothing was asked; that must not be a success.
        if (run.Samples.Count == 0)
            results.Add(new ObjectiveResult("requests", "at least one", "none", false));
        return results;
    }

    private static void Least(List<ObjectiveResult> results, string name, double? limit, double measured, string unit)
    {
        if (limit is { } least)
            results.Add(new ObjectiveResult(name, $"at least {Text(least)} {unit}", $"{Text(measured)} {unit}", measured >= least));
    }

    private static void Most(List<ObjectiveResult> results, string name, double? limit, double measured, string unit)
    {
        if (limit is { } most)
        {
            results.Add(new ObjectiveResult(name, $"at most {Text(most)} {unit}".TrimEnd(),
                double.IsNaN(measured) ? "none seen" : $"{Text(measured)} {unit}".TrimEnd(), !(measured > most)));
        }
    }

    private static ObjectiveResult AsCounted(LedgerAudit ledger) =>
        new("ledger", "what the engines counted", ledger.ToString(), ledger.Problems.Count == 0 && ledger.Equal > 0);

    /// <summary>
    /// The same marks, each with the time from which on clients were served without failure: the end of the last wrong or failed answer
    /// before the next fault. It is null where no right answer followed before the next fault.
    /// </summary>
    public static IReadOnlyList<FaultMark> Recoveries(IReadOnlyList<FaultMark> marks, IReadOnlyList<Sample> samples)
    {
        var ends = samples.Select(s => (At: s.Due + s.Total, IsRight: s.Verdict == Verdict.Right)).OrderBy(e => e.At).ToList();
        return [.. marks.Select((mark, i) =>
        {
            var until = i + 1 < marks.Count ? marks[i + 1].At : double.PositiveInfinity;
            var these = ends.Where(e => e.At >= mark.At && e.At < until).ToList();
            var last = these.FindLastIndex(e => !e.IsRight);
            return mark with { RecoveredAt = last < 0 ? mark.At : last == these.Count - 1 ? null : these[last].At };
        })];
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
