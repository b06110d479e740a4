using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>How a request ended.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Last">The last attempt; null when there was none.</param>
internal sealed record RequestEnd(EndReason Reason, AttemptResult? Last = null)
{
    /// <summary>Until when the request is refused; null when it is not quarantined.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When replicas said to come again; null when none said.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
