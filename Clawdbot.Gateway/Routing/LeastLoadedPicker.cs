using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Routing;

/// <summary>
/// Picks the less loaded of two random replicas: nearly as good as looking at all, and gateways that see the same stale
/// loads do not all pick the same replica.
/// </summary>
internal sealed class LeastLoadedPicker(Random random)
{
    private const int Draws = 4;

    /// <summary>Added to the load of a replica that is to come after all others; more than any load.</summary>
    private const double Last = 1000;

    /// <summary>Picks a replica for the next attempt; null when there is none. Those in <paramref name="avoid"/> are left out.</summary>
    public Replica? Pick(ReplicaSet set, Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid)
    {
        var routable = set.Routable.AsSpan();
        if (routable.Length == 0)
            return null;
        var (best, least, found) = ((Replica?)null, double.MaxValue, 0);
        for (var draw = 0; draw < Draws && found < 2; draw++)
        {
            var candidate = routable[random.Next(routable.Length)];
            if (candidate == best || !requirement.Admits(candidate) || avoid.Contains(candidate.Live))
                continue;
            found++;
            var weighted = Weighted(candidate, set);
            (best, least) = weighted < least ? (candidate, weighted) : (best, least);
        }
        return found == 2 && least < Last ? best : Scan(set, requirement, avoid);
    }

    /// <summary>Picks from all replicas, when random draws did not find two that will do, or only such as have no place.</summary>
    private Replica? Scan(ReplicaSet set, Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid)
    {
        var routable = set.Routable.AsSpan();
        var (best, least) = ((Replica?)null, double.MaxValue);
        var first = random.Next(routable.Length); // ties must not all go to the first of the list
        for (var i = 0; i < routable.Length; i++)
        {
            var candidate = routable[(first + i) % routable.Length];
            if (!requirement.Admits(candidate) || avoid.Contains(candidate.Live))
                continue;
            var weighted = Weighted(candidate, set);
            (best, least) = weighted < least ? (candidate, weighted) : (best, least);
        }
        return best;
    }

    /// <summary>The replica's load, one more request included, divided by its weighted capacity.</summary>
    internal static double Share(Replica replica) => (replica.Live.Load + 1.0) / (replica.Capacity * replica.Weight);

    /// <summary>Whether the replica has no room for a new request.</summary>
    internal static bool IsFull(Replica replica) => replica.Live.Load >= replica.Capacity;

    /// <summary>
    /// Whether this gateway has as many requests there as are its own beside other gateways: one more would take a place of theirs.
    /// </summary>
    internal static bool IsBeyondPlaces(Replica replica, bool isDivided) => isDivided && replica.Live.InFlight >= replica.Places;

    /// <summary>
    /// The load by which replicas are compared. One that has no place for this gateway comes after all that have, and one that is full
    /// last, whatever they weigh. Where not all weigh the same, a random part is added: else the heavier of two idle ones would get
    /// everything, and not its share.
    /// </summary>
    private double Weighted(Replica replica, ReplicaSet set)
    {
        var share = set.IsEven ? Share(replica) : (replica.Live.Load + random.NextDouble()) / (replica.Capacity * replica.Weight);
        return share + (IsBeyondPlaces(replica, set.IsDivided) ? Last : 0) + (IsFull(replica) ? Last : 0);
    }
}
