using System.Security.Cryptography;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>Counts tenants' use in the shared store. Thread-safe.</summary>
internal sealed class SharedCounts(ISharedStore store)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>How long the requests under way of a gateway count that died; one that lives tells them once a second.</summary>
    private static readonly TimeSpan HeldLife = TimeSpan.FromSeconds(3);

    private readonly string _gateway = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Whether the store answers.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>Counts a request that this gateway counted already; null when the store did not answer.</summary>
    /// <param name="use">Its tenant.</param>
    /// <param name="held">The tenant's requests under way here, as of when this one was counted.</param>
    /// <param name="quota">The tenant's limits.</param>
    /// <param name="tokens">Estimated number of its tokens.</param>
    public async ValueTask<SharedUse?> EnterAsync(TenantUse use, HeldRequests held, Quota quota, long tokens)
    {
        // All are sent before the first is awaited.
        var holding = quota.Concurrent > 0 ? HoldAsync(use, held, quota.Concurrent) : default;
        var requesting = AddRequestsAsync(use.Tenant, quota, 1);
        var charging = AddTokensAsync(use.Tenant, quota, tokens);
        var (elsewhere, requests, charged) = (await holding, await requesting, await charging);
        return (quota.Concurrent > 0 && elsewhere is null) || (quota.RequestsPerMinute > 0 && requests is null)
            || (quota.TokensPerMinute > 0 && charged is null)
            ? null : new SharedUse(held.Number + (elsewhere ?? 0), requests, charged);
    }

    /// <summary>Takes back a request that a limit refused, after this gateway took it back.</summary>
    public async Task UndoAsync(TenantUse use, Quota quota, long tokens)
    {
        var holding = quota.Concurrent > 0 ? HoldAsync(use) : default;
        var requesting = AddRequestsAsync(use.Tenant, quota, -1);
        var charging = AddTokensAsync(use.Tenant, quota, -tokens);
        await holding;
        await requesting;
        await charging;
    }

    /// <summary>Counts the end of a request, after this gateway counted it.</summary>
    public async Task LeaveAsync(TenantUse use, Quota quota, long tokens)
    {
        var holding = quota.Concurrent > 0 ? HoldAsync(use) : default;
        if (tokens != 0)
            await store.AddAsync($"tokens:{use.Tenant}", tokens, Minute);
        await holding;
    }

    /// <summary>Tells how many requests of a tenant are under way here.</summary>
    public ValueTask<long?> HoldAsync(TenantUse use) => HoldAsync(use, use.Held, limit: 0);

    private ValueTask<long?> HoldAsync(TenantUse use, HeldRequests held, int limit) =>
        store.HoldAsync($"concurrent:{use.Tenant}", new Holding(_gateway, held.Number, held.Changes), limit, HeldLife);

    private ValueTask<WindowCount?> AddRequestsAsync(string tenant, Quota quota, long requests) =>
        quota.RequestsPerMinute > 0 ? store.AddAsync($"requests:{tenant}", requests, Minute) : default;

    private ValueTask<WindowCount?> AddTokensAsync(string tenant, Quota quota, long tokens) =>
        quota.TokensPerMinute > 0 ? store.AddAsync($"tokens:{tenant}", tokens, Minute) : default;
}

/// <summary>The use of all gateways together, a request that was just counted included; null or 0 for what is not limited.</summary>
/// <param name="Held">Requests under way.</param>
/// <param name="Requests">Requests in a minute.</param>
/// <param name="Tokens">Tokens in a minute.</param>
internal readonly record struct SharedUse(long Held, WindowCount? Requests, WindowCount? Tokens)
{
    /// <summary>The limit that is exceeded; null for none.</summary>
    public QuotaKind? Exceeded(Quota quota, long tokens) =>
        quota.Concurrent > 0 && Held > quota.Concurrent ? QuotaKind.Concurrent
        : Requests is { } r && r.Sliding > quota.RequestsPerMinute ? QuotaKind.Requests
        // A request larger than the whole limit comes in where nothing was used: it could never come in otherwise.
        : Tokens is { } t && t.Sliding > quota.TokensPerMinute && t.Sliding - tokens >= 1 ? QuotaKind.Tokens
        : null;

    /// <summary>The limit that refused a request, and when it has room again.</summary>
    public QuotaExcess Excess(QuotaKind kind, Quota quota, long tokens, AnswerAverages averages) => kind switch
    {
        QuotaKind.Concurrent => new(kind, quota.Concurrent, averages.SecondsToPlace(quota.Concurrent)),
        QuotaKind.Requests => new(kind, quota.RequestsPerMinute, Seconds(Requests!.Value, quota.RequestsPerMinute, 1)),
        _ => new(kind, quota.TokensPerMinute, Seconds(Tokens!.Value, quota.TokensPerMinute, tokens)),
    };

    /// <summary>What is left of both limits per minute.</summary>
    public (QuotaLeft? Requests, QuotaLeft? Tokens) Left(Quota quota) =>
        (LeftOf(quota.RequestsPerMinute, Requests), LeftOf(quota.TokensPerMinute, Tokens));

    private static int Seconds(WindowCount count, int limit, long amount) =>
        (int)Math.Clamp(Math.Ceiling((count with { Current = count.Current - amount }).Until(limit, amount) * 60), 1, 120);

    private static QuotaLeft? LeftOf(int limit, WindowCount? count) => count is not { } seen ? null
        : new QuotaLeft(limit, Math.Max(0, limit - (long)Math.Ceiling(seen.Sliding)), (int)Math.Ceiling(seen.UntilNone * 60));
}
