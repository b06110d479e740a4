using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Quotas;

/// <summary>What one gateway told last, and what it was granted. Used under the lock of <see cref="QuotaShares"/>.</summary>
internal sealed class GatewayQuotas(MonotonicTime since)
{
    /// <summary>How long a gateway that listens may take to its first report before it counts as one that never reports.</summary>
    private static readonly TimeSpan FirstReport = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Time without a report after which a gateway that listens is assumed to keep to an equal part; it does so itself a second sooner.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private Dictionary<QuotaKey, Reported> _limits = [];
    private MonotonicTime? _reportedAt;
    private long _number = -1;
    private int _divisor = 1;

    /// <summary>Number of its status streams.</summary>
    public int Streams { get; set; }

    /// <summary>Whether it listens.</summary>
    public bool IsListening => Streams > 0;

    /// <summary>The limits that it reported, or has a part of.</summary>
    public IReadOnlyDictionary<QuotaKey, Reported> Limits => _limits;

    /// <summary>Takes a report; false when a later one was here before.</summary>
    public bool TryTake(QuotaReport report, MonotonicTime now)
    {
        if (report.Number <= _number)
            return false;
        (_number, _divisor, _reportedAt) = (report.Number, report.Divisor, now);
        _limits = [];
        foreach (var limit in report.Limits)
            _limits[new QuotaKey(limit.Tenant, limit.Kind)] = new Reported(limit, limit.Part);
        return true;
    }

    /// <summary>Notes a part that it is told now. Until its next report it may still use the one that it had.</summary>
    public void Grant(QuotaKey key, int limit, long part)
    {
        var own = _limits.TryGetValue(key, out var known) ? known.Limit : new ReportedLimit
        {
            Tenant = key.Tenant, Kind = key.Kind, Limit = limit, Used = default, Asked = 0, Part = limit / _divisor,
        };
        _limits[key] = new Reported(own, part);
    }

    /// <summary>Whether its use of some limit counts at the moment.</summary>
    public bool Counts(MonotonicTime now) => IsListening || _limits.Keys.Any(key => Used(key, now) > 0);

    /// <summary>
    /// Whether it may use all of a limit that it has not listed: it has not reported yet, or was alone when it did, and has not said since
    /// that it keeps to its parts.
    /// </summary>
    public bool IsUnknown(MonotonicTime now) =>
        IsListening && (_reportedAt is { } at ? _divisor == 1 && now - at < Silence : now - since < FirstReport);

    /// <summary>What it uses of a limit.</summary>
    public long Used(QuotaKey key, MonotonicTime now) => (long)Math.Ceiling(Count(key, now).Sliding);

    /// <summary>The same as a count.</summary>
    public WindowCount Count(QuotaKey key, MonotonicTime now)
    {
        if (!_limits.TryGetValue(key, out var known) || _reportedAt is not { } at)
            return default;
        var used = known.Limit.Used;
        return key.Kind != QuotaKind.Concurrent ? used.After((now - at).TotalMinutes) : IsListening ? used : default;
    }

    /// <summary>The most that it may use of a limit before its next report.</summary>
    public long MayUse(QuotaKey key, int limit, int gateways, MonotonicTime now)
    {
        if (!_limits.TryGetValue(key, out var known) || _reportedAt is not { } at)
            return IsUnknown(now) ? limit : Unlisted(limit, gateways);
        var part = Math.Max(known.Limit.Part, known.Granted);
        return Math.Max(Used(key, now), now - at < Silence ? part : Math.Min(part, limit / gateways));
    }

    /// <summary>What it is expected to want of a limit.</summary>
    public long Wants(QuotaKey key, int limit, int gateways, MonotonicTime now)
    {
        var asked = _limits.TryGetValue(key, out var known) && _reportedAt is { } at && now - at < Silence ? known.Limit.Asked : 0;
        var more = Math.Max(2 * asked, limit / (QuotaReport.IdleFraction * gateways));
        return Math.Min(limit, Used(key, now) + more);
    }

    private int Unlisted(int limit, int gateways) => limit / (_reportedAt is null ? gateways : Math.Min(_divisor, gateways));

    /// <param name="Limit">As reported.</param>
    /// <param name="Granted">The part that was the answer.</param>
    internal readonly record struct Reported(ReportedLimit Limit, long Granted);
}
