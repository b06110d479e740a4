using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Failover;

/// <summary>How long and how often a request is tried. Section <c>Failover</c>.</summary>
internal sealed class FailoverOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Failover";

    /// <summary>
    /// Seconds from admission, all waits and attempts included, after which the client gets the error <c>deadline_exceeded</c> unless its
    /// answer moves, that is, unless its last token is less than two minutes old.
    /// </summary>
    [Range(1, 86_400)]
    public int TotalSeconds { get; set; } = 600;

    /// <summary>Seconds from admission after which an answer that still moves is ended with <c>deadline_exceeded</c>.</summary>
    [Range(1, 604_800)]
    public int LongestAnswerSeconds { get; set; } = 86_400;

    /// <summary>Seconds a request may wait for a replica that can take it, or continue its answer.</summary>
    [Range(0, 600)]
    public int ReplicaWaitSeconds { get; set; } = 15;

    /// <summary>
    /// Longest wait, in seconds, of an answer that has begun, when every replica that could continue it is out of rotation and none of them
    /// is being started again by this gateway.
    /// </summary>
    [Range(0, 600)]
    public int ContinuationWaitSeconds { get; set; } = 4;

    /// <summary>
    /// Longest silence, in milliseconds, for which a broken answer is generated again from its beginning when it could also continue
    /// approximately from its text; when it could not, there is no limit.
    /// </summary>
    [Range(0, 600_000)]
    public int ReplayMilliseconds { get; set; } = 1000;

    /// <summary>
    /// Most retries after failures of replicas that still stand, and hedged requests, in percent of all requests; moving off a dead replica
    /// and continuing an answer are not counted.
    /// </summary>
    [Range(0, 100)]
    public int RetryBudgetPercent { get; set; } = 20;

    /// <summary>
    /// Number of such retries and hedged requests that are allowed within about ten seconds in any case, because a quiet gateway has no
    /// traffic to take a share of.
    /// </summary>
    [Range(0, 10_000)]
    public int RetryBudgetFloor { get; set; } = 10;

    /// <summary>
    /// Whether a second replica is asked when the first token is later than 95 % of first tokens in this fleet, as long as no request waits
    /// for a place and the retry budget allows it.
    /// </summary>
    public bool Hedge { get; set; } = true;

    /// <summary>Milliseconds before which a second replica is not asked, however fast the fleet is.</summary>
    [Range(1, 600_000)]
    public int HedgeFloorMilliseconds { get; set; } = 250;

    /// <summary>Most retries of one request after failures of replicas that still stand (5xx, timeouts, malformed answers).</summary>
    [Range(0, 100)]
    public int Retries { get; set; } = 3;

    /// <summary>Seconds for which a request is refused that two replicas died of, alone on each and before its first token.</summary>
    [Range(1, 3600)]
    public int QuarantineSeconds { get; set; } = 600;
}
