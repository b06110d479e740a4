namespace Clawdbot.Gateway.Auth;

/// <summary>Limits of a tenant; 0 is no limit.</summary>
/// <param name="Concurrent">Most requests under way at once, those that wait included.</param>
/// <param name="RequestsPerMinute">Most requests in a minute.</param>
/// <param name="TokensPerMinute">Most tokens of prompts and answers in a minute.</param>
internal sealed record Quota(int Concurrent, int RequestsPerMinute, int TokensPerMinute)
{
    /// <summary>The quota of these limits; null when nothing is limited.</summary>
    public static Quota? Of(int concurrent, int requestsPerMinute, int tokensPerMinute) =>
        concurrent + (long)requestsPerMinute + tokensPerMinute == 0 ? null : new(concurrent, requestsPerMinute, tokensPerMinute);
}
