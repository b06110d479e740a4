namespace Clawdbot.Gateway.Replicas;

/// <summary>How one attempt on one replica ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>The whole answer came.</summary>
    Completed,

    /// <summary>The client left.</summary>
    ClientGone,

    /// <summary>The request itself was wrong (4xx).</summary>
    Refused,

    /// <summary>The replica has no room, or takes nothing new (429, 503).</summary>
    Busy,

    /// <summary>The connection could not be made.</summary>
    ConnectFailed,

    /// <summary>The process that answered does not have the fleet secret.</summary>
    Unproven,

    /// <summary>The stream was reset, or ended before the answer did.</summary>
    ConnectionReset,

    /// <summary>Health learned that the replica is dead or hung while the attempt ran.</summary>
    ReplicaLost,

    /// <summary>The first token did not come in time.</summary>
    FirstTokenTimeout,

    /// <summary>The next token did not come in time.</summary>
    StallTimeout,

    /// <summary>The request's own deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>What came does not follow the protocol.</summary>
    Malformed,

    /// <summary>The engine reported an error inside the stream.</summary>
    EngineError,

    /// <summary>The replica answered with 5xx or an unexpected status.</summary>
    ServerError,

    /// <summary>The replica's identity is not the one that the answer began with.</summary>
    IdentityMismatch,

    /// <summary>The replica can't continue from what it was given.</summary>
    ContinuationRefused,

    /// <summary>
    /// This replica can't serve a request like this, and another one of the model may: the prompt is longer than its context, or it lacks
    /// what the request needs.
    /// </summary>
    Unsupported,

    /// <summary>The same request with the same seed gave another answer.</summary>
    Diverged,

    /// <summary>Another attempt at the same answer had its first token sooner.</summary>
    HedgeLost,
}

/// <summary>The party that an outcome is blamed on.</summary>
internal enum Fault
{
    /// <summary>Nothing failed.</summary>
    None,

    /// <summary>The client: never counts against a replica.</summary>
    Client,

    /// <summary>No party: there is more load than room.</summary>
    Backpressure,

    /// <summary>The replica, which is known to be gone: moving to another one is not counted as a retry.</summary>
    ReplicaGone,

    /// <summary>The replica, although it still stands: a strike against it.</summary>
    ReplicaSick,

    /// <summary>No party: this replica can't serve this request, but others may.</summary>
    Mismatch,
}

/// <summary>The only classifier of outcomes: health, failover and metrics all use it, so they can't disagree.</summary>
internal static class Attribution
{
    /// <summary>The party that an outcome is blamed on.</summary>
    public static Fault Of(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Completed or AttemptOutcome.HedgeLost => Fault.None,
        AttemptOutcome.ClientGone or AttemptOutcome.Refused or AttemptOutcome.DeadlineExceeded => Fault.Client,
        AttemptOutcome.Busy => Fault.Backpressure,
        AttemptOutcome.ConnectFailed or AttemptOutcome.Unproven or AttemptOutcome.ConnectionReset or AttemptOutcome.ReplicaLost =>
            Fault.ReplicaGone,
        AttemptOutcome.IdentityMismatch or AttemptOutcome.ContinuationRefused or AttemptOutcome.Unsupported or AttemptOutcome.Diverged =>
            Fault.Mismatch,
        _ => Fault.ReplicaSick,
    };

    /// <summary>The outcome's name in metrics, logs and the client's details.</summary>
    public static string Name(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Completed => "completed",
        AttemptOutcome.ClientGone => "client_gone",
        AttemptOutcome.Refused => "refused",
        AttemptOutcome.Busy => "busy",
        AttemptOutcome.ConnectFailed => "connect_failed",
        AttemptOutcome.Unproven => "unproven",
        AttemptOutcome.ConnectionReset => "connection_reset",
        AttemptOutcome.ReplicaLost => "replica_lost",
        AttemptOutcome.FirstTokenTimeout => "first_token_timeout",
        AttemptOutcome.StallTimeout => "stall_timeout",
        AttemptOutcome.DeadlineExceeded => "deadline_exceeded",
        AttemptOutcome.Malformed => "malformed",
        AttemptOutcome.EngineError => "engine_error",
        AttemptOutcome.ServerError => "server_error",
        AttemptOutcome.IdentityMismatch => "identity_mismatch",
        AttemptOutcome.ContinuationRefused => "continuation_refused",
        AttemptOutcome.Unsupported => "unsupported",
        AttemptOutcome.Diverged => "diverged",
        AttemptOutcome.HedgeLost => "hedge_lost",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
