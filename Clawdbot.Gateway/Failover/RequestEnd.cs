using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>How a request ended.</summary>
internal enum EndKind
{
    /// <summary>The client has the whole answer.</summary>
    Completed,

    /// <summary>The client left.</summary>
    ClientGone,

    /// <summary>The request was at fault; the replica's words say how.</summary>
    Refused,

    /// <summary>No replica could take it in time.</summary>
    NoReplica,

    /// <summary>Replicas failed as often as is allowed.</summary>
    Failed,

    /// <summary>It could be begun anew, but too much of the traffic is already.</summary>
    BudgetSpent,

    /// <summary>No engine survives it: it is refused for a while.</summary>
    Quarantined,

    /// <summary>Its time is over.</summary>
    DeadlineExceeded,

    /// <summary>The answer had begun and could not go on.</summary>
    CannotContinue,

    /// <summary>The answer had begun and could go on only near to what would have come, which the client does not want.</summary>
    CannotContinueExactly,
}

/// <param name="Kind">How the request ended.</param>
/// <param name="Last">The last attempt; null when there was none.</param>
internal sealed record RequestEnd(EndKind Kind, AttemptResult? Last = null)
{
    /// <summary>Until when it is refused, if it is.</summary>
    public DateTimeOffset? Until { get; init; }
}
