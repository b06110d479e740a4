namespace Clawdbot.Gateway.Admission;

/// <summary>The outcome of a request for a place.</summary>
internal enum AdmissionOutcome
{
    /// <summary>The request is admitted.</summary>
    Admitted,

    /// <summary>The queue is full or too slow, or the request was displaced by another one: 429.</summary>
    Saturated,

    /// <summary>The client's own deadline can't be met: 429.</summary>
    TooLate,

    /// <summary>No replica serves: 503.</summary>
    NoReplica,

    /// <summary>The client left while waiting.</summary>
    ClientGone,
}

/// <summary>What admission answers a request.</summary>
/// <param name="Outcome">Whether it is admitted, or why not.</param>
/// <param name="Lease">The place; null when it has none.</param>
/// <param name="RetryAfterSeconds">Seconds after which a place is likely; 0 for a request that has one.</param>
internal readonly record struct AdmissionResult(AdmissionOutcome Outcome, Lease? Lease, int RetryAfterSeconds = 0);
