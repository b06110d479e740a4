using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Routing;

/// <summary>
/// The replica whose caches should know the request, as long as it is not much more loaded than the others; else the least loaded of two.
/// </summary>
internal sealed class ReplicaPicker(LeastLoadedPicker leastLoaded, IOptions<RoutingOptions> options)
{
    private readonly RoutingOptions _options = options.Value;
    private long _home;
    private long _spilled;
    private long _plain;

    /// <summary>Picks that went home.</summary>
    public long Home => Volatile.Read(ref _home);

    /// <summary>Picks of another replica, because the one at home was too loaded.</summary>
    public long Spilled => Volatile.Read(ref _spilled);

    /// <summary>Picks without affinity.</summary>
    public long Plain => Volatile.Read(ref _plain);

    /// <summary>A replica for the next attempt, or null. <paramref name="avoid"/> holds what this request has tried.</summary>
    public Replica? Pick(ReplicaSet set, Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid)
    {
        if (requirement.Key is not { } key || !_options.Affinity || set.Routable.Length < 2)
            return Counted(ref _plain, leastLoaded.Pick(set, requirement, avoid));
        var rendezvous = new Rendezvous(set, requirement, avoid, _options.AffinityLoad);
        var picked = rendezvous.Pick(key, out var isHome);
        return Counted(ref (isHome ? ref _home : ref _spilled), picked ?? leastLoaded.Pick(set, requirement, avoid));
    }

    private static Replica? Counted(ref long count, Replica? picked)
    {
        if (picked is not null)
            Interlocked.Increment(ref count);
        return picked;
    }
}
