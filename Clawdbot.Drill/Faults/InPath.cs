using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Faults;

namespace Clawdbot.Drill.Faults;

/// <summary>Translates a scenario's faults into disturbances of a proxy in the path.</summary>
internal static class InPath
{
    private const int HalfAnEvent = 12;

    /// <summary>Arms the plan's fault at a proxy, until it is cleared.</summary>
    public static void Arm(FaultPlan plan, FaultProxy path) => path.Arm(plan.Do switch
    {
        FaultKind.Latency => new Disturbance.Latency(TimeSpan.FromMilliseconds(150)),
        FaultKind.Reset => new Disturbance.Cut(plan.Events, Reset: true),
        FaultKind.HalfClose => new Disturbance.Cut(plan.Events),
        FaultKind.Blackhole => new Disturbance.Blackhole(),
        FaultKind.Drip => new Disturbance.Drip(2000),
        FaultKind.Corrupt => new Disturbance.Corrupt(plan.Events),
        FaultKind.ServerError => new Disturbance.Status(500),
        FaultKind.TooMany => new Disturbance.Status(429, RetryAfter: 1),
        FaultKind.ErrorEvent => new Disturbance.ErrorEvent(plan.Events),
        FaultKind.Refuse => new Disturbance.Refuse(),
        FaultKind.Empty => new Disturbance.Status(200) { Type = "text/event-stream" },
        FaultKind.WrongType => new Disturbance.Status(200) { Type = "text/html", Body = "<html>It works!</html>" },
        FaultKind.HalfEvent => new Disturbance.Cut(plan.Events, HalfAnEvent),
        FaultKind.Endless => new Disturbance.Endless(plan.Events),
        FaultKind.SlowStart => new Disturbance.SlowStart(TimeSpan.FromMilliseconds(800)),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.Do, "is no fault of the path"),
    });
}
