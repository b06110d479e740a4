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

    /// <summary>Time per replica between two reports to one shim, so that a gateway sends at most 200 reports a second.</summary>
    private static readonly TimeSpan PerReplica = TimeSpan.FromMilliseconds(5);

    /// <summary>Time after which the same demand is reported again; shims forget it after twice as long.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Reports the demand where it has changed, or was reported long ago.</summary>
    public void Look(IReadOnlyCollection<WatchedReplica> replicas, MonotonicTime now)
    {
        var shared = replicas.Where(r => r is { Streaming: true, Endpoint.Address: not null, Live.Status.Share: not null }).ToList();
        if (shared.Count == 0)
            return;
        var (demand, capacity) = (table.Demand, replicas.Where(r => r.Health.State.IsServing()).Sum(r => r.Capacity));
        var pause = PerReplica * shared.Count;
        if (pause < Shortest)
            pause = Shortest;
        foreach (var replica in shared)
        {
            var wanted = Part(demand, replica.Capacity, capacity);
            var (last, at, sending) = replica.ReportedDemand;
            if (now - at < (wanted == last ? Again : pause) || (wanted == 0 && last == 0) || !sending.IsCompleted)
                continue;
            replica.ReportedDemand = (wanted, now, shims.DemandAsync(replica.Endpoint.Address!, wanted));
        }
    }

    /// <summary>The part of the demand that falls on a replica by its capacity, rounded up; no more than its capacity.</summary>
    private static int Part(int demand, int capacity, int all) =>
        (int)Math.Min(capacity, Math.Ceiling((double)demand * capacity / Math.Max(1, all)));
}
