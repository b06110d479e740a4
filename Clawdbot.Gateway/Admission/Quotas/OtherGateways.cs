using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>Knows from the shims' statuses whether other gateways share the tenants' limits. Thread-safe.</summary>
internal sealed class OtherGateways(ReplicaTable table, TimeProvider time)
{
    /// <summary>
    /// Time after the start in which other gateways are assumed as long as no shim was heard, which says how many there are.
    /// </summary>
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(2);

    private readonly MonotonicTime _start = time.GetMonotonicTime();
    private readonly Lock _lock = new();
    private ReplicaSet? _seen;
    private LimitSharing _sharing = LimitSharing.NewBeside(2);
    private bool _isKnown;
    private bool _wasAlone;
    private bool _exchanged;

    /// <summary>How limits are shared at the moment.</summary>
    public LimitSharing Sharing
    {
        get
        {
            if (ReferenceEquals(table.Current, Volatile.Read(ref _seen)))
                return Volatile.Read(ref _sharing);
            lock (_lock)
                return Look(table.Current);
        }
    }

    /// <summary>The shims that all gateways exchange with, at most two: the same for all that hear the same shims.</summary>
    public IReadOnlyList<Uri> Shims =>
        [.. Heard(table.Current).OrderBy(r => r.Live.Status?.Instance, StringComparer.Ordinal).Take(2).Select(r => r.Address!)];

    /// <summary>Notes that a shim answered, or that this was given up: from now on this gateway keeps to its parts.</summary>
    /// <param name="isComplete">
    /// Whether all other gateways are known to keep to theirs. Before that one that has just started must not take an equal part of what it
    /// was told nothing of.
    /// </param>
    public void Answered(bool isComplete)
    {
        lock (_lock)
        {
            _exchanged |= isComplete || _wasAlone;
            Look(table.Current);
        }
    }

    private LimitSharing Look(ReplicaSet set)
    {
        var gateways = Heard(set).Select(r => r.Description?.Gateways ?? 1).DefaultIfEmpty(0).Max();
        if (gateways == 0 && (_isKnown || time.GetMonotonicTime() - _start < Start))
            return _sharing; // nobody serves; what was known before goes on
        _isKnown = true;
        if (gateways <= 1)
            (_wasAlone, _exchanged) = (true, false);
        var sharing = gateways <= 1 ? LimitSharing.Alone
            : _exchanged ? LimitSharing.With(gateways)
            : _wasAlone ? LimitSharing.NotAloneAnyMore(gateways)
            : LimitSharing.NewBeside(gateways);
        Volatile.Write(ref _sharing, sharing);
        Volatile.Write(ref _seen, set); // last: who sees this set sees its sharing
        return sharing;
    }

    /// <summary>The replicas whose shim is there, whether new requests go to it or not.</summary>
    private static IEnumerable<Replica> Heard(ReplicaSet set) =>
        set.All.Where(r => r.Address is not null && (r.IsRoutable || r.State == ReplicaState.Draining));
}
