namespace Clawdbot.Gateway.Replicas;

/// <summary>How one attempt on one replica ended: who and in which phase.</summary>
internal enum AttemptOutcome
{
    /// <summary>The whole answer came.</summary>
    Completed,

    /// <summary>The client left.</summary>
    ClientGone,

    /// <summary>The request itself was at fault (4xx).</summary>
    Refused,

    /// <summary>The replica has no room, or takes nothing new (429, 503).</summary>
    Busy,

    /// <summary>No connection.</summary>
    ConnectFailed,

    /// <summary>Whoever answered does not hold the fleet secret.</summary>
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

    /// <summary>What came is not the contract.</summary>
    Malformed,

    /// <summary>The engine reported an error inside the stream.</summary>
    EngineError,

    /// <summary>5xx, or a status that makes no sense.</summary>
    ServerError,

    /// <summary>The replica's identity is not that of the answer begun.</summary>
    IdentityMismatch,

    /// <summary>The replica can't go on from what it was given.</summary>
    ContinuationRefused,

    /// <summary>The same request with the same seed gave another answer.</summary>
    Diverged,

    /// <summary>Another attempt at the same answer had its first token sooner.</summary>
    HedgeLost,
}

/// <summary>Whose fault an outcome is.</summary>
internal enum Fault
{
    /// <summary>Nobody's.</summary>
    None,

    /// <summary>The client's: never counts against a replica.</summary>
    Client,

    /// <summary>Nobody's: there is more load than room.</summary>
    Backpressure,

    /// <summary>The replica's, and it is known to be gone: moving on costs nothing.</summary>
    ReplicaGone,

    /// <summary>The replica's, although it still stands: a strike.</summary>
    ReplicaSick,

    /// <summary>This replica can't serve this request; others may.</summary>
    Mismatch,
}

/// <summary>The one classifier: health, failover and metrics all ask it, so they can't disagree.</summary>
internal static class Attribution
{
    /// <summary>Whose fault it is.</summary>
    public static Fault Of(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Completed or AttemptOutcome.HedgeLost => Fault.None,
        AttemptOutcome.ClientGone or AttemptOutcome.Refused or AttemptOutcome.DeadlineExceeded => Fault.Client,
        AttemptOutcome.Busy => Fault.Backpressure,
        AttemptOutcome.ConnectFailed or AttemptOutcome.Unproven or AttemptOutcome.ConnectionReset or AttemptOutcome.ReplicaLost =>
            Fault.ReplicaGone,
        AttemptOutcome.IdentityMismatch or AttemptOutcome.ContinuationRefused or AttemptOutcome.Diverged => Fault.Mismatch,
        _ => Fault.ReplicaSick,
    };

    /// <summary>The outcome as metrics, logs and clients see it.</summary>
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
        AttemptOutcome.Diverged => "diverged",
        AttemptOutcome.HedgeLost => "hedge_lost",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
