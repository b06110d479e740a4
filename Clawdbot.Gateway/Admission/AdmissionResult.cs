namespace Clawdbot.Gateway.Admission;

/// <summary>What admission said.</summary>
internal enum AdmissionOutcome
{
    /// <summary>The request is admitted.</summary>
    Admitted,

    /// <summary>The queue is full or too slow, or somebody who goes first took the place in it: 429.</summary>
    Saturated,

    /// <summary>The client's own deadline can't be met: 429.</summary>
    TooLate,

    /// <summary>No replica serves: 503.</summary>
    NoReplica,

    /// <summary>The client left while waiting.</summary>
    ClientGone,
}

/// <param name="Outcome">Whether it may come in.</param>
/// <param name="Lease">The place; null when there is none.</param>
/// <param name="RetryAfterSeconds">When one is likely; 0 for who has one.</param>
internal readonly record struct AdmissionResult(AdmissionOutcome Outcome, Lease? Lease, int RetryAfterSeconds = 0);
