using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>How an attempt ended, and what the replica said about it.</summary>
/// <param name="Outcome">How the attempt ended.</param>
/// <param name="Status">The replica's HTTP status; 0 when there was none.</param>
/// <param name="Error">The replica's error; null when it sent none.</param>
internal sealed record AttemptResult(AttemptOutcome Outcome, int Status = 0, GenerationError? Error = null)
{
    /// <summary>
    /// Whether no other request was on the replica, as far as is known: none of this gateway at any time, none of others by the last
    /// status. Then no other request can have caused what happened to the replica.
    /// </summary>
    public bool WasAlone { get; init; }

    /// <summary>Time after which the replica said to come again; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How far it got, and how fast.</summary>
    public required AttemptProgress Progress { get; init; }
}
