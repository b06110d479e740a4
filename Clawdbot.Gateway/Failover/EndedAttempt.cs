using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>An attempt that is over.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Result">How it ended.</param>
internal sealed record EndedAttempt(Attempt Attempt, AttemptResult Result);
