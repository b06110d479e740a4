using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Drill.Faults;

/// <summary>What a scenario's words mean to a proxy in the path.</summary>
internal static class InPath
{
    private const int SomeEvents = 6;

    /// <summary>From now on, until it is cleared.</summary>
    public static void Arm(FaultPlan plan, FaultProxy path) => path.Arm(plan.Do switch
    {
        FaultKind.Latency => new Disturbance.Latency(TimeSpan.FromMilliseconds(150)),
        FaultKind.Reset => new Disturbance.Cut(SomeEvents, Reset: true),
        FaultKind.HalfClose => new Disturbance.Cut(SomeEvents),
        FaultKind.Blackhole => new Disturbance.Blackhole(),
        FaultKind.Drip => new Disturbance.Drip(2000),
        FaultKind.Corrupt => new Disturbance.Corrupt(SomeEvents),
        FaultKind.ServerError => new Disturbance.Status(500),
        FaultKind.TooMany => new Disturbance.Status(429, RetryAfter: 1),
        FaultKind.ErrorEvent => new Disturbance.ErrorEvent(SomeEvents),
        FaultKind.Refuse => new Disturbance.Refuse(),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.Do, "is no fault of the path"),
    });
}
