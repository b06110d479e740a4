using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Quotas;

/// <summary>
/// Divides tenants' limits among the gateways that listen, by what each has used and was asked for. The parts of a limit that gateways
/// may use at any moment are together never more than the limit. Thread-safe.
/// </summary>
internal sealed class QuotaShares(TimeProvider time)
{
    /// <summary>Most gateways that are known at once; of more, those that came last get no parts.</summary>
    public const int MostGateways = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, GatewayQuotas> _gateways = new(StringComparer.Ordinal);

    /// <summary>Number of gateways that listen, and of those gone whose use still counts.</summary>
    public int Gateways
    {
        get
        {
            lock (_lock)
            {
                Forget(time.GetMonotonicTime());
                return _gateways.Count;
            }
        }
    }

    /// <summary>Registers a gateway that opens its status stream; dispose the result when the stream ends.</summary>
    /// <param name="gateway">Its name; one without a name has no parts.</param>
    public IDisposable? Listening(string? gateway)
    {
        if (string.IsNullOrEmpty(gateway))
            return null;
        lock (_lock)
        {
            var now = time.GetMonotonicTime();
            if (!_gateways.TryGetValue(gateway, out var known))
            {
                Forget(now);
                if (_gateways.Count >= MostGateways)
                    return null;
                _gateways[gateway] = known = new GatewayQuotas(now);
            }
            known.Streams++;
            return new Registration(this, known);
        }
    }

    /// <summary>
    /// Takes a report and answers the parts that the gateway may use from now on; null when the gateway does not listen, or a later report
    /// was here before.
    /// </summary>
    public QuotaParts? Exchange(string gateway, QuotaReport report)
    {
        lock (_lock)
        {
            var now = time.GetMonotonicTime();
            Forget(now);
            if (!_gateways.TryGetValue(gateway, out var own) || !own.IsListening || !own.TryTake(report, now))
                return null;
            // In the order of their names, so that all shims give what can't be divided to the same ones.
            var fleet = new Fleet(own, [.. _gateways.Where(g => g.Value.IsListening).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => g.Value)], now);
            var isComplete = !_gateways.Values.Any(g => g != own && g.IsUnknown(now));
            return new QuotaParts(isComplete, [.. Keys(own, now).Select(key => Grant(key.Key, key.Limit, fleet))]);
        }
    }

    /// <summary>The limits that this gateway reported, and those that others use or were asked for.</summary>
    private IEnumerable<(QuotaKey Key, int Limit)> Keys(GatewayQuotas own, MonotonicTime now)
    {
        var reported = own.Limits.Select(l => (l.Key, l.Value.Limit.Limit)).ToList();
        var used = _gateways.Values.Where(g => g != own)
            .SelectMany(g => g.Limits.Where(l => g.Used(l.Key, now) > 0 || (g.IsListening && l.Value.Limit.Asked > 0)))
            .Where(l => !own.Limits.ContainsKey(l.Key))
            .OrderByDescending(l => l.Value.Limit.Used.Sliding / l.Value.Limit.Limit)
            .Select(l => (l.Key, l.Value.Limit.Limit)).DistinctBy(l => l.Key);
        return reported.Concat(used.Take(QuotaParts.Most - reported.Count));
    }

    private GrantedPart Grant(QuotaKey key, int limit, Fleet fleet)
    {
        var (own, listening, now) = fleet;
        var others = _gateways.Values.Where(g => g != own).ToList();
        var gone = others.Where(g => !g.IsListening).Sum(g => g.Used(key, now));
        var toDivide = (int)Math.Clamp(limit - gone, 0, limit);
        var wanted = listening.Select(g => (int)g.Wants(key, limit, listening.Count, now)).ToList();
        var fair = (long)PlaceSplit.Of(toDivide, wanted)[listening.IndexOf(own)];

        // What others may use already is theirs until they have reported that they gave it up.
        var free = Math.Max(0, toDivide - others.Where(g => g.IsListening).Sum(g => g.MayUse(key, limit, listening.Count, now)));
        // Where one of them has not reported yet, the gateway keeps what it has: it was free when it got it.
        if (others.Any(g => g.IsUnknown(now)))
            free = Math.Max(free, own.MayUse(key, limit, listening.Count, now));
        var part = Math.Min(fair, free);
        own.Grant(key, limit, part);
        var counts = others.Select(g => g.Count(key, now)).Where(c => c.Sliding > 0).ToList();
        return new GrantedPart(key.Tenant, key.Kind, limit, part, others.Sum(g => g.Used(key, now)),
            counts.Count == 0 ? default : counts.Aggregate((a, b) => a.And(b)));
    }

    private void Forget(MonotonicTime now)
    {
        foreach (var name in _gateways.Where(g => !g.Value.Counts(now)).Select(g => g.Key).ToList())
            _gateways.Remove(name);
    }

    private void Leave(GatewayQuotas gateway)
    {
        lock (_lock)
            gateway.Streams--;
    }

    /// <param name="Own">The gateway that reports.</param>
    /// <param name="Listening">All that listen, itself included.</param>
    /// <param name="Now">Now.</param>
    private sealed record Fleet(GatewayQuotas Own, List<GatewayQuotas> Listening, MonotonicTime Now);

    private sealed class Registration(QuotaShares shares, GatewayQuotas gateway) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                shares.Leave(gateway);
        }
    }
}
