using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Agrees that a replica whose engine leaks is drained and started again: to one at a time, and only while all others of its model are
/// healthy. Called under the monitor's lock.
/// </summary>
internal sealed partial class RecycleConsent(ShimClient shims, ILogger<RecycleConsent> log)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(1);

    private WatchedReplica? _chosen;
    private MonotonicTime _chosenAt = MonotonicTime.LongAgo;

    /// <summary>Looks whether there is something to agree to, and does.</summary>
    public void Look(IReadOnlyCollection<WatchedReplica> replicas, MonotonicTime now)
    {
        // Several at once: all gateways see the same names, and so come to choose the same one.
        var choice = replicas.Where(Wishes).MinBy(r => r.Live.Status!.Instance, StringComparer.Ordinal);
        if (now - _chosenAt < (choice == _chosen ? Renewal : Lease) || choice is null || !OthersAreWell(choice, replicas))
            return; // what was agreed to last holds until it has run out
        (_chosen, _chosenAt) = (choice, now);
        _ = AgreeAsync(choice.Endpoint.Id, choice.Endpoint.Address!);
    }

    private static bool Wishes(WatchedReplica replica) =>
        replica is { Streaming: true, Health.State: ReplicaState.Healthy, Endpoint.Address: not null, Live.Status.WantsRecycle: not null };

    private static bool OthersAreWell(WatchedReplica choice, IEnumerable<WatchedReplica> replicas)
    {
        var others = replicas.Where(r => r != choice && r.Live.Status?.Model == choice.Live.Status!.Model).ToList();
        return others.Count > 0 && others.TrueForAll(r => r is { Streaming: true, Health.State: ReplicaState.Healthy });
    }

    private async Task AgreeAsync(string id, Uri address)
    {
        var reply = await shims.ConsentAsync(address, Lease);
        if (reply.Status is { } status)
            Agreed(log, id, status);
        else
            NotTold(log, id, reply.Fault); // it asks again, or has other troubles now
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Replica}: may recycle its engine ({Status})")]
    private static partial void Agreed(ILogger logger, string replica, int status);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Replica}: could not be told that it may recycle its engine: {Why}")]
    private static partial void NotTold(ILogger logger, string replica, string why);
}
