using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Ledger;

/// <summary>What one attempt cost.</summary>
/// <param name="PromptTokens">Number of tokens read.</param>
/// <param name="Generated">Number of tokens generated, whether the client got them or not.</param>
/// <param name="IsExact">Whether this is the engine's own count; otherwise a lower bound that the gateway saw.</param>
internal readonly record struct Cost(int PromptTokens, int Generated, bool IsExact)
{
    /// <summary>The exact cost, if the attempt itself showed it; null when its shim should be asked.</summary>
    public static Cost? Known(AttemptRecord attempt) =>
        attempt.Usage is { } usage ? new Cost(usage.PromptTokens, usage.Generated, true)
        : attempt.NeverRan || attempt.Address is null ? new Cost(0, 0, true)
        : null;

    /// <summary>The cost as far as the gateway saw it.</summary>
    public static Cost Seen(AttemptRecord attempt) => new(attempt.PromptTokens ?? 0, attempt.Tokens, false);
}
