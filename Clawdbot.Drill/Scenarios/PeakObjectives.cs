namespace Clawdbot.Drill.Scenarios;

/// <summary>Objectives for the step with the highest rate, in which there is more load than places, and for the time after it.</summary>
internal sealed class PeakObjectives
{
    /// <summary>Least share of the most that the places can answer, percent.</summary>
    public double? ThroughputPercent { get; set; }

    /// <summary>Least share of refusals whose <c>Retry-After</c> was right within twice, percent.</summary>
    public double? RetryAfterRightPercent { get; set; }

    /// <summary>Longest time from the peak's end until nobody is refused and first tokens come as before it, seconds.</summary>
    public double? NormalAfterSeconds { get; set; }
}
