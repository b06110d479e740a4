namespace Clawdbot.Gateway.Failover;

/// <summary>Why a request ended. Metrics, ledger, log and the client's error are all derived from it.</summary>
internal enum EndReason
{
    /// <summary>The client has the whole answer.</summary>
    Completed,

    /// <summary>The client left.</summary>
    ClientGone,

    /// <summary>The request itself was wrong; the replica's error says how.</summary>
    Refused,

    /// <summary>No replica could take it in time.</summary>
    NoReplica,

    /// <summary>Every replica that could take it is full.</summary>
    Saturated,

    /// <summary>Replicas failed as often as is allowed.</summary>
    Failed,

    /// <summary>The retry budget is spent: it could be tried again, but too much of the traffic is retried already.</summary>
    BudgetSpent,

    /// <summary>It kills replicas, and is refused for a while.</summary>
    Quarantined,

    /// <summary>Its deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>The answer had begun and could not go on.</summary>
    CannotContinue,

    /// <summary>The answer had begun and could go on only approximately, which the client does not want.</summary>
    CannotContinueExactly,
}

/// <summary>Names, error codes and HTTP statuses of each <see cref="EndReason"/>.</summary>
internal static class EndReasons
{
    /// <summary>The value of <c>result</c> in metrics, traces and the ledger.</summary>
    public static string Result(this EndReason reason) => reason switch
    {
        EndReason.Completed => "completed",
        EndReason.ClientGone => "client_gone",
        EndReason.Refused => "refused",
        _ => "failed",
    };

    /// <summary>
    /// The HTTP status and stable error code that the client is sent; null where nothing is sent, or the replica's own error is.
    /// </summary>
    public static (int Status, string Code)? Error(this EndReason reason) => reason switch
    {
        EndReason.Completed or EndReason.ClientGone or EndReason.Refused => null,
        EndReason.NoReplica => (503, "no_replica"),
        EndReason.Saturated => (429, "saturated"),
        EndReason.Failed => (502, "replicas_failed"),
        EndReason.BudgetSpent => (502, "retry_budget_exhausted"),
        EndReason.Quarantined => (422, "request_quarantined"),
        EndReason.DeadlineExceeded => (504, "deadline_exceeded"),
        EndReason.CannotContinue => (502, "cannot_continue"),
        EndReason.CannotContinueExactly => (502, "cannot_continue_exactly"),
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };
}
