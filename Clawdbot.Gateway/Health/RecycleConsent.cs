using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Shims;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Allows a replica whose engine leaks to drain and restart it: one replica at a time, and only while all others of its model
/// are healthy. Called under the monitor's lock.
/// </summary>
internal sealed partial class RecycleConsent(ShimClient shims, ILogger<RecycleConsent> log)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(1);

    private WatchedReplica? _chosen;
    private MonotonicTime _chosenAt = MonotonicTime.LongAgo;

    /// <summary>Allows a replica that asks to recycle its engine, or renews that permission, if the others are well.</summary>
    public void Look(IReadOnlyCollection<WatchedReplica> replicas, MonotonicTime now)
    {
        // If several ask, all gateways choose the same one, because they see the same instance ids.
        var choice = replicas.Where(WantsRecycle).MinBy(r => r.Live.Status!.Instance, StringComparer.Ordinal);
        if (now - _chosenAt < (choice == _chosen ? Renewal : Lease) || choice is null || !OthersAreWell(choice, replicas))
            return; // the last permission holds until it expires
        (_chosen, _chosenAt) = (choice, now);
        _ = AgreeAsync(choice.Endpoint.Id, choice.Endpoint.Address!);
    }

    private static bool WantsRecycle(WatchedReplica replica) =>
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
            NotTold(log, id, reply.Fault); // it is told again while it asks
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Replica}: may recycle its engine ({Status})")]
    private static partial void Agreed(ILogger logger, string replica, int status);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Replica}: could not be told that it may recycle its engine: {Why}")]
    private static partial void NotTold(ILogger logger, string replica, string why);
}
