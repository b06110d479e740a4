using System.Collections.Concurrent;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.SharedStore;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>
/// Holds requests against their tenants' limits, counted in the shared store over a sliding minute. Refused requests are not counted.
/// Thread-safe.
/// </summary>
internal sealed class TenantQuotas(ISharedStore store, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, TenantUse> _uses = new();

    /// <summary>The tenants with limits that sent requests, by name.</summary>
    public IEnumerable<KeyValuePair<string, TenantUse>> Uses => _uses;

    /// <summary>Counts a request against its tenant's limits, unless it would exceed one.</summary>
    /// <param name="caller">The caller whose quota is used.</param>
    /// <param name="prompt">Size of the prompt.</param>
    /// <param name="maxTokens">Largest number of tokens that the client asked for; null when it did not say.</param>
    public ValueTask<QuotaEntry> EnterAsync(Caller caller, PromptSize prompt, int? maxTokens) =>
        caller.Allowance.Quota is { } quota ? CountAsync(caller.Tenant, quota, prompt, maxTokens) : default;

    private async ValueTask<QuotaEntry> CountAsync(string tenant, Quota quota, PromptSize prompt, int? maxTokens)
    {
        var use = _uses.GetOrAdd(tenant, _ => new TenantUse());
        if (!use.TryEnter(quota.Concurrent))
            return new(new QuotaExcess(QuotaKind.Concurrent, quota.Concurrent, use.SecondsToPlace(quota.Concurrent)), null, null, null);

        var estimate = quota.TokensPerMinute == 0 ? 0 : prompt.Tokens + Math.Min(maxTokens ?? int.MaxValue, use.Completion);
        var (requests, tokens) = await AddAsync(tenant, quota, 1, estimate);
        var requestsLeft = Left(quota.RequestsPerMinute, requests);
        var tokensLeft = Left(quota.TokensPerMinute, tokens);
        // A request larger than the whole limit comes in where nothing was used: it could never come in otherwise.
        var excess = requests is { } r && r.Sliding > quota.RequestsPerMinute ? Excess(QuotaKind.Requests, quota.RequestsPerMinute, r, 1)
            : tokens is { } t && t.Sliding > quota.TokensPerMinute && t.Sliding - estimate >= 1
                ? Excess(QuotaKind.Tokens, quota.TokensPerMinute, t, estimate)
            : null;
        if (excess is not null)
        {
            use.Undo();
            await AddAsync(tenant, quota, -1, -estimate);
            return new(excess, null, requestsLeft, tokensLeft);
        }
        Func<long, Task>? charge = quota.TokensPerMinute == 0 ? null : tokens => ChargeAsync(tenant, tokens);
        return new(null, new QuotaUse(use, charge, estimate, time), requestsLeft, tokensLeft);
    }

    /// <summary>Adds to both counters at once and reads them; null for what is not limited.</summary>
    private async ValueTask<(WindowCount? Requests, WindowCount? Tokens)> AddAsync(string tenant, Quota quota, long requests, long tokens)
    {
        var (counting, charging) = (quota.RequestsPerMinute > 0, quota.TokensPerMinute > 0);
        var requestCount = counting ? store.AddAsync($"requests:{tenant}", requests, Minute) : default;
        var tokenCount = charging ? store.AddAsync($"tokens:{tenant}", tokens, Minute) : default;
        return (counting ? await requestCount : null, charging ? await tokenCount : null);
    }

    private async Task ChargeAsync(string tenant, long tokens) => await store.AddAsync($"tokens:{tenant}", tokens, Minute);

    /// <param name="kind">What the limit counts.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="count">The count, the request's own amount included.</param>
    /// <param name="amount">The request's own amount.</param>
    private static QuotaExcess Excess(QuotaKind kind, int limit, WindowCount count, long amount)
    {
        var minutes = (count with { Current = count.Current - amount }).Until(limit, amount);
        return new QuotaExcess(kind, limit, (int)Math.Clamp(Math.Ceiling(minutes * Minute.TotalSeconds), 1, 120));
    }

    private static QuotaLeft? Left(int limit, WindowCount? count)
    {
        if (count is not { } seen)
            return null;
        var minutes = seen.Current > 0 ? 2 - seen.Elapsed : 1 - seen.Elapsed;
        var remaining = Math.Max(0, limit - (long)Math.Ceiling(seen.Sliding));
        return new QuotaLeft(limit, remaining, (int)Math.Ceiling(minutes * Minute.TotalSeconds));
    }
}
