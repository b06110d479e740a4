using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Ledger;

/// <summary>What one attempt cost.</summary>
/// <param name="PromptTokens">Tokens read.</param>
/// <param name="Generated">Tokens generated, wherever they went.</param>
/// <param name="IsExact">The engine's own count; else what was seen from here, of which it is at least.</param>
internal readonly record struct Cost(int PromptTokens, int Generated, bool IsExact)
{
    /// <summary>As far as the attempt itself showed it; null when its shim should be asked.</summary>
    public static Cost? Known(AttemptRecord attempt) =>
        attempt.Usage is { } usage ? new Cost(usage.PromptTokens, usage.Generated, true)
        : attempt.NeverRan || attempt.Address is null ? new Cost(0, 0, true)
        : null;

    /// <summary>What was seen from here.</summary>
    public static Cost Seen(AttemptRecord attempt) => new(attempt.PromptTokens ?? 0, attempt.Tokens, false);
}
