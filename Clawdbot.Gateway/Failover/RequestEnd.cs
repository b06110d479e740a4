using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>How a request ended.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Last">The last attempt; null when there was none.</param>
internal sealed record RequestEnd(EndReason Reason, AttemptResult? Last = null)
{
    /// <summary>Until when the request is refused; null when it is not quarantined.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Time until replicas take requests again, by their own word; null when none said.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
