using System.Collections.Concurrent;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>
/// Holds requests against their tenants' limits over a sliding minute: by the shared store's count of all gateways, or by this gateway's
/// own count and its part of the limit. Refused requests are not counted. Thread-safe.
/// </summary>
/// <param name="store">The shared store.</param>
/// <param name="sharing">How limits are shared with other gateways without a shared store.</param>
/// <param name="time">The clock.</param>
internal sealed class TenantQuotas(ISharedStore store, Func<LimitSharing> sharing, TimeProvider time)
{
    /// <summary>How long a count goes on having an effect.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, TenantUse> _uses = new();
    private readonly SharedCounts _shared = new(store);
    private long _lastAlone = MonotonicTime.LongAgo.Ticks;
    private int _changed;

    /// <summary>The tenants with limits that sent requests here or elsewhere.</summary>
    public ICollection<TenantUse> Uses => _uses.Values;

    /// <summary>Counts of the shared store.</summary>
    public SharedCounts Shared => _shared;

    /// <summary>How limits are shared with other gateways at the moment.</summary>
    public LimitSharing Sharing => sharing();

    /// <summary>Whether something was counted or refused since this was asked last.</summary>
    public bool TakeChange() => Interlocked.Exchange(ref _changed, 0) != 0;

    /// <summary>The use of a tenant with limits.</summary>
    public TenantUse Of(string tenant) => _uses.GetOrAdd(tenant, static name => new TenantUse(name));

    /// <summary>Counts a request against its tenant's limits, unless it would exceed one.</summary>
    /// <param name="caller">The caller whose quota is used.</param>
    /// <param name="prompt">Size of the prompt.</param>
    /// <param name="maxTokens">Largest number of tokens that the client asked for; null when it did not say.</param>
    public ValueTask<QuotaEntry> EnterAsync(Caller caller, PromptSize prompt, int? maxTokens)
    {
        if (caller.Allowance.Quota is not { } quota)
            return default;
        var use = Of(caller.Tenant);
        Volatile.Write(ref _changed, 1);
        var estimate = quota.TokensPerMinute == 0 ? 0L : prompt.Tokens + Math.Min(maxTokens ?? int.MaxValue, use.Averages.Completion);
        return _shared.IsShared ? CountTogetherAsync(use, quota, estimate) : ValueTask.FromResult(Count(use, quota, estimate));
    }

    /// <summary>Counts the end of a request.</summary>
    /// <param name="use">Its tenant.</param>
    /// <param name="quota">Its tenant's limits.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="tokens">Its tokens beyond the estimate; negative when it used fewer.</param>
    public void Leave(TenantUse use, Quota quota, TimeSpan took, long tokens)
    {
        use.Left(took, tokens, time.GetMonotonicTime());
        Volatile.Write(ref _changed, 1);
        if (_shared.IsShared)
            _ = _shared.LeaveAsync(use, quota, tokens); // not awaited: the store limits its own time
    }

    /// <summary>Counts by this gateway's part of the limits.</summary>
    private QuotaEntry Count(TenantUse use, Quota quota, long estimate)
    {
        var (now, shared) = (time.GetMonotonicTime(), sharing());
        Volatile.Write(ref _lastAlone, now.Ticks);
        var refused = use.TryEnter(quota, estimate, shared, now, out _);
        var excess = refused is { } kind ? use.Excess(kind, estimate, shared, now) : null;
        return Entry(use, quota, estimate, excess, use.LeftOf(quota, shared, now));
    }

    /// <summary>Counts in the shared store.</summary>
    private async ValueTask<QuotaEntry> CountTogetherAsync(TenantUse use, Quota quota, long estimate)
    {
        var now = time.GetMonotonicTime();
        // The store does not know what was granted without it. As long as that counts, the parts of the limits must be kept too.
        var both = now - new MonotonicTime(Volatile.Read(ref _lastAlone)) < Memory ? sharing() : null;
        if (use.TryEnter(quota, estimate, both, now, out var held) is { } kind)
        {
            var shown = both ?? LimitSharing.Alone;
            return Entry(use, quota, estimate, use.Excess(kind, estimate, shown, now), use.LeftOf(quota, shown, now));
        }
        if (await _shared.EnterAsync(use, held, quota, estimate) is not { } seen)
        {
            use.Undo(estimate, now);
            return Count(use, quota, estimate);
        }
        if (seen.Exceeded(quota, estimate) is not { } exceeded)
            return Entry(use, quota, estimate, null, seen.Left(quota));
        use.Undo(estimate, now);
        await _shared.UndoAsync(use, quota, estimate);
        return Entry(use, quota, estimate, seen.Excess(exceeded, quota, estimate, use.Averages), seen.Left(quota));
    }

    private QuotaEntry Entry(
        TenantUse use, Quota quota, long estimate, QuotaExcess? excess, (QuotaLeft? Requests, QuotaLeft? Tokens) left) =>
        new(excess, excess is null ? new QuotaUse(this, use, quota, estimate, time) : null, left.Requests, left.Tokens);
}
