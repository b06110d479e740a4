using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Routing;

/// <summary>
/// Picks the replica whose caches should know the request, called its home, as long as it is not much more loaded than the others;
/// otherwise the less loaded of two random ones.
/// </summary>
internal sealed class ReplicaPicker(LeastLoadedPicker leastLoaded, IOptions<RoutingOptions> options)
{
    private readonly RoutingOptions _options = options.Value;
    private long _home;
    private long _spilled;
    private long _plain;

    /// <summary>Number of picks of the home replica.</summary>
    public long Home => Volatile.Read(ref _home);

    /// <summary>Number of picks of another replica because the home replica was too loaded.</summary>
    public long Spilled => Volatile.Read(ref _spilled);

    /// <summary>Number of picks without affinity.</summary>
    public long Plain => Volatile.Read(ref _plain);

    /// <summary>Picks a replica for the next attempt; null when there is none. Those in <paramref name="avoid"/> are left out.</summary>
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
