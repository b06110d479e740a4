namespace Clawdbot.Gateway.Auth;

/// <summary>What a tenant may use at most; 0 is without limit.</summary>
/// <param name="Concurrent">Requests under way at once, those that wait included.</param>
/// <param name="RequestsPerMinute">Requests in a minute.</param>
/// <param name="TokensPerMinute">Tokens of prompts and answers in a minute.</param>
internal sealed record Quota(int Concurrent, int RequestsPerMinute, int TokensPerMinute)
{
    /// <summary>Null when nothing is limited.</summary>
    public static Quota? Of(int concurrent, int requestsPerMinute, int tokensPerMinute) =>
        concurrent + (long)requestsPerMinute + tokensPerMinute == 0 ? null : new(concurrent, requestsPerMinute, tokensPerMinute);
}
