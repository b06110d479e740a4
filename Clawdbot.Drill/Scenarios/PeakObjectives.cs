namespace Clawdbot.Drill.Scenarios;

/// <summary>What must hold while there is more load than room: in the step with the highest rate, and after it.</summary>
internal sealed class PeakObjectives
{
    /// <summary>Least share of the most that the places can answer, percent.</summary>
    public double? ThroughputPercent { get; set; }

    /// <summary>Least share of refusals whose <c>Retry-After</c> was right within twice, percent.</summary>
    public double? RetryAfterRightPercent { get; set; }

    /// <summary>Longest time from the peak's end until nobody is refused and first tokens come as before it, seconds.</summary>
    public double? NormalAfterSeconds { get; set; }
}
