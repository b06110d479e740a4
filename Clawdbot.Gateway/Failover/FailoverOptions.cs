using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Failover;

/// <summary>How long and how often a request is tried. Section <c>Failover</c>.</summary>
internal sealed class FailoverOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Failover";

    /// <summary>From admission to the last byte, seconds.</summary>
    [Range(1, 86_400)]
    public int TotalSeconds { get; set; } = 600;

    /// <summary>Longest wait for a replica that can take the request or go on with it, seconds.</summary>
    [Range(0, 600)]
    public int ReplicaWaitSeconds { get; set; } = 15;

    /// <summary>
    /// How long an answer may be silent while it is said again up to where it broke, milliseconds, where it could also go on near to what
    /// would have come; where it could not, it is said again however long that takes.
    /// </summary>
    [Range(0, 600_000)]
    public int ReplayMilliseconds { get; set; } = 1000;

    /// <summary>
    /// Requests that may be begun anew after failures of replicas that still stand, and hedged, out of a hundred requests of all clients. Moving
    /// off a dead replica, and going on with an answer that has begun, is not among them.
    /// </summary>
    [Range(0, 100)]
    public int RetryBudgetPercent { get; set; } = 20;

    /// <summary>So many may in any case, within about ten seconds: a quiet gateway has no traffic to take a share of.</summary>
    [Range(0, 10_000)]
    public int RetryBudgetFloor { get; set; } = 10;

    /// <summary>
    /// Whether a second replica is asked when the first token takes longer than 19 of 20 do in this fleet, as long as nobody waits for a place
    /// and the retry budget allows it.
    /// </summary>
    public bool Hedge { get; set; } = true;

    /// <summary>Not before this, however fast the fleet is, milliseconds.</summary>
    [Range(1, 600_000)]
    public int HedgeFloorMilliseconds { get; set; } = 250;

    /// <summary>Retries of one request after failures of replicas that still stand (5xx, timeouts, malformed answers).</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;

    /// <summary>How long a request is refused that two replicas died of, seconds.</summary>
    [Range(1, 3600)]
    public int QuarantineSeconds { get; set; } = 600;
}
