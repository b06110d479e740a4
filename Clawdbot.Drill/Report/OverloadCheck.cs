using System.Globalization;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>Checks a run against the objectives for more load than the replicas have places for.</summary>
internal static class OverloadCheck
{
    /// <summary>Milliseconds by which a client may have sent late, so that it had less time than the deadline it sent.</summary>
    private const double Tolerance = 100;

    public static IEnumerable<ObjectiveResult> Check(Scenario scenario, RunResult run)
    {
        var wanted = scenario.Objectives;
        if (wanted.Ejections is { } ejections)
            yield return Most("replicas ejected", ejections, run.Ejections ?? double.NaN, "");
        if (scenario.Load.DeadlineSeconds is { } deadline)
        {
            var late = run.Samples.Count(s => s.Verdict == Verdict.Right && s.Total > deadline * 1000 + Tolerance);
            yield return Most("right answers after their deadline", 0, late, "");
        }
        if (wanted.AttemptsMean is { } attempts)
        {
            var told = run.Samples.Where(s => s is { Verdict: Verdict.Right, Attempts: > 0 })
                .Select(s => (double)s.Attempts).DefaultIfEmpty(double.NaN).ToList();
            yield return Most($"attempts of a right answer, mean (most {Text(told.Max())})", attempts, told.Average(), "");
        }
        if (wanted.Peak is { } peak)
        {
            foreach (var result in Check(peak, new Peak(scenario, run.Samples)))
                yield return result;
        }
        if (wanted.FloodedP95Ratio is { } ratio)
        {
            var (still, flooded) = (FirstTokens(scenario, run, false), FirstTokens(scenario, run, true));
            var name = $"first token, P95, flooded ({Text(flooded.At(95))} ms; P99 {Text(flooded.At(99))}) "
                + $"over undisturbed ({Text(still.At(95))} ms; P99 {Text(still.At(99))})";
            yield return Most(name, ratio, flooded.At(95) / still.At(95), "");
            var unserved = run.Samples.Count(s => s.Tenant.Length == 0 && s.Verdict != Verdict.Right);
            yield return Most("refused or failed of who was flooded", 0, unserved, "");
        }
    }

    private static IEnumerable<ObjectiveResult> Check(PeakObjectives wanted, Peak seen)
    {
        if (wanted.ThroughputPercent is { } throughput)
        {
            var name = $"throughput at the peak, of {Text(seen.MostPerSecond)}/s at most";
            yield return Least(name, throughput, seen.ThroughputPercent, "%");
        }
        if (wanted.RetryAfterRightPercent is { } right)
            yield return Least($"Retry-After right within twice, of {seen.Refusals} refusals", right, seen.RetryAfterRightPercent, "%");
        if (wanted.NormalAfterSeconds is { } normal)
        {
            var name = $"normal after the peak (refusals until {Text(seen.RefusedUntilSeconds)} s)";
            yield return Most(name, normal, seen.NormalAfterSeconds, "s");
        }
    }

    private static Percentiles FirstTokens(Scenario scenario, RunResult run, bool flooded) => new Percentiles(run.Samples
        .Where(s => s.Tenant.Length == 0 && scenario.Load.Floods.Any(f => f.Covers(s.Due)) == flooded)
        .Select(s => s.FirstToken).OfType<double>());

    private static ObjectiveResult Least(string name, double least, double measured, string unit) =>
        new(name, $"at least {Text(least)} {unit}".TrimEnd(), $"{Text(measured)} {unit}".TrimEnd(), measured >= least);

    /// <summary>An objective with an upper limit; a figure that was not seen (NaN) does not hold.</summary>
    private static ObjectiveResult Most(string name, double most, double measured, string unit) =>
        new(name, $"at most {Text(most)} {unit}".TrimEnd(),
            double.IsNaN(measured) ? "none seen" : $"{Text(measured)} {unit}".TrimEnd(), measured <= most);

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
