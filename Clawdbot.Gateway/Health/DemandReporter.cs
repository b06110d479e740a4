using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Tells shims that several gateways listen to how many places this gateway wants there: its part of all requests that have a place or
/// wait for one. Called under the monitor's lock.
/// </summary>
internal sealed class DemandReporter(ShimClient shims, ReplicaTable table)
{
    /// <summary>Shortest time between two reports to one shim; longer in large fleets, see <see cref="PerReplica"/>.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(150);

    /// <summary>Time per replica between two reports to one shim, so that a changing demand is at most 200 reports a second.</summary>
    private static readonly TimeSpan PerReplica = TimeSpan.FromMilliseconds(5);

    /// <summary>Time after which the same demand is reported again; shims forget it after twice as long.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Reports the demand where it has changed, or was reported long ago.</summary>
    public void Look(IReadOnlyCollection<WatchedReplica> replicas, MonotonicTime now)
    {
        if (!replicas.Any(IsShared))
            return;
        // In an order that differs from gateway to gateway: what can't be divided is not asked of the same replicas by all.
        var ordered = replicas.OrderBy(r => r.Endpoint.Id.GetHashCode(StringComparison.Ordinal)).ToList();
        var parts = DemandSplit.Of(table.Demand, [.. ordered.Select(r => r.Health.State.IsServing() ? r.Capacity : 0)]);
        var pause = TimeSpan.FromTicks(Math.Clamp(PerReplica.Ticks * ordered.Count, Shortest.Ticks, Again.Ticks));
        foreach (var (replica, wanted) in ordered.Zip(parts).Where(pair => IsShared(pair.First)))
        {
            var (last, at, sending) = replica.ReportedDemand;
            if (now - at < (wanted == last ? Again : pause) || (wanted == 0 && last == 0) || !sending.IsCompleted)
                continue;
            replica.ReportedDemand = (wanted, now, shims.DemandAsync(replica.Endpoint.Address!, wanted));
        }
    }

    private static bool IsShared(WatchedReplica replica) =>
        replica is { Streaming: true, Endpoint.Address: not null, Live.Status.Share: not null };
}
