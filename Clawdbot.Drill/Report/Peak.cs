using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>
/// What was seen in the step with the highest rate, and after it, compared with the steps before it, in which there was room.
/// </summary>
internal sealed class Peak
{
    private readonly double _from;
    private readonly double _to;
    private readonly double _usualFirstToken;
    private readonly double _usualP95;
    private readonly double _usualTotal;
    private readonly List<Sample> _accepted;
    private readonly List<Sample> _refused;
    private readonly List<Sample> _after;

    public Peak(Scenario scenario, IReadOnlyList<Sample> samples)
    {
        var steps = scenario.Load.Steps;
        var at = steps.IndexOf(steps.MaxBy(s => s.Rate)!);
        _from = steps.Take(at).Sum(s => s.Seconds) * 1000;
        _to = _from + steps[at].Seconds * 1000;
        var before = samples.Where(s => s.Due < _from && s.Verdict == Verdict.Right).ToList();
        var firstTokens = new Percentiles(before.Select(s => s.FirstToken).OfType<double>());
        (_usualFirstToken, _usualP95) = (firstTokens.At(50), firstTokens.At(95));
        _usualTotal = before.Select(s => s.Total).DefaultIfEmpty(double.NaN).Average();
        _accepted = [.. samples.Where(s => s.Verdict == Verdict.Right && s.FirstToken is not null && s.Due >= _from && s.Due < _to)
            .OrderBy(s => s.Due)];
        _refused = [.. samples.Where(s => s.Verdict == Verdict.Refused && s.Due >= _from && s.Due < _to)];
        _after = [.. samples.Where(s => s.Due >= _to)];
        MostPerSecond = scenario.Topology.Replicas * scenario.Topology.Capacity / (_usualTotal / 1000);
        // The first places are taken when the peak begins, and free again an answer's time later.
        var (begin, end) = (_from + _usualTotal, _to);
        var served = samples.Count(s => s.Verdict == Verdict.Right && s.Due + s.Total >= begin && s.Due + s.Total < end);
        ThroughputPercent = 100 * served / ((end - begin) / 1000) / MostPerSecond;
    }

    /// <summary>Right answers per second that all places together can give, by the mean duration of an answer before the peak.</summary>
    public double MostPerSecond { get; }

    /// <summary>Right answers per second during the peak, percent of <see cref="MostPerSecond"/>.</summary>
    public double ThroughputPercent { get; }

    public int Refusals => _refused.Count;

    /// <summary>
    /// Refusals whose <c>Retry-After</c> was right within twice, percent. The next request that was let in shows how long the wait for
    /// a place was, by the time to its first token. A <c>Retry-After</c> cannot say less than a second.
    /// </summary>
    public double RetryAfterRightPercent => 100.0 * _refused.Count(IsRight) / _refused.Count;

    /// <summary>Time from the peak's end to the last refusal, seconds; 0 for none.</summary>
    public double RefusedUntilSeconds => SecondsToTheLast(_after.Where(s => s.Verdict == Verdict.Refused));

    /// <summary>
    /// From the peak's end to the last request that was not answered right, or waited for its first token more than twice the P95 of the
    /// time before the peak; seconds, 0 for none.
    /// </summary>
    public double NormalAfterSeconds =>
        SecondsToTheLast(_after.Where(s => s.Verdict != Verdict.Right || s.FirstToken > 2 * _usualP95));

    private double SecondsToTheLast(IEnumerable<Sample> samples) =>
        samples.Select(s => (s.Due - _to) / 1000).DefaultIfEmpty(0).Max();

    private bool IsRight(Sample refusal)
    {
        var next = _accepted.FindIndex(s => s.Due >= refusal.Due);
        if (next < 0 || refusal.RetryAfter is not { } told)
            return next < 0;
        var wait = (_accepted[next].FirstToken!.Value - _usualFirstToken) / 1000;
        return told <= 2 * Math.Max(1, wait) && told >= wait / 2;
    }
}
