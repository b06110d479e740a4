using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>How an attempt ended.</summary>
/// <param name="Outcome">How the attempt ended.</param>
/// <param name="Status">The replica's HTTP status; 0 when there was none.</param>
/// <param name="Error">The replica's error; null when it sent none.</param>
/// <param name="RetryAfter">Time after which the replica said to come again; null when it did not say.</param>
internal readonly record struct AttemptEnd(
    AttemptOutcome Outcome, int Status = 0, GenerationError? Error = null, TimeSpan? RetryAfter = null);
