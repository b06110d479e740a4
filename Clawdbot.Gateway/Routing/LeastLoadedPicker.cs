using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Routing;

/// <summary>What a replica must be to serve a request.</summary>
/// <param name="Model">Model id.</param>
/// <param name="Identity">For an answer that goes on: the identity it began with. Null for a new one.</param>
/// <param name="Continuation">How it goes on, if by the engine's own means.</param>
/// <param name="Repeatable">It goes on by being said again.</param>
/// <param name="Pictures">The request's pictures, none of which may have failed there lately; null for none, or when it can't be helped.</param>
/// <param name="Now">A timestamp: who said to come again only later is left alone until then.</param>
internal readonly record struct Requirement(
    string Model, string? Identity, ContinuationKind Continuation = ContinuationKind.None, bool Repeatable = false, PictureHashes? Pictures = null, long Now = long.MaxValue)
{
    /// <summary>Whether <paramref name="replica"/> will do.</summary>
    public bool Admits(Replica replica) => replica.Live.Status is { } status && !replica.Live.IsClosed(Now) && (status.Model == Model || status.AlsoModels?.Contains(Model) == true)
        && (Identity is null || (status.Identity == Identity && (Continuation == ContinuationKind.None || status.Continuation == Continuation) && (!Repeatable || status.Repeatable)))
        && (Pictures is null || status.Avoid is not { } failed || !Pictures.Any(failed));
}

/// <summary>
/// Two choices at random, the less loaded wins: nearly as good as looking at all, and gateways that see the same stale
/// loads don't run to the same replica together.
/// </summary>
internal sealed class LeastLoadedPicker(Random random)
{
    private const int Draws = 4;

    /// <summary>A replica for the next attempt, or null. <paramref name="avoid"/> holds what this request has tried.</summary>
    public Replica? Pick(ReplicaSet set, Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid)
    {
        var routable = set.Routable.AsSpan();
        if (routable.Length == 0)
            return null;
        Replica? best = null;
        var found = 0;
        for (var draw = 0; draw < Draws && found < 2; draw++)
        {
            var candidate = routable[Next(routable.Length)];
            if (candidate == best || !requirement.Admits(candidate) || avoid.Contains(candidate.Live))
                continue;
            found++;
            best = best is null || Weighted(candidate) < Weighted(best) ? candidate : best;
        }
        return found == 2 ? best : Scan(routable, requirement, avoid);
    }

    /// <summary>Chance missed twice: few replicas, or few that will do. Then looking at all is cheap or needed.</summary>
    private Replica? Scan(ReadOnlySpan<Replica> routable, Requirement requirement, IReadOnlyCollection<ReplicaLive> avoid)
    {
        Replica? best = null;
        var first = Next(routable.Length); // ties must not all go to the first of the list
        for (var i = 0; i < routable.Length; i++)
        {
            var candidate = routable[(first + i) % routable.Length];
            if (requirement.Admits(candidate) && !avoid.Contains(candidate.Live) && (best is null || Weighted(candidate) < Weighted(best)))
                best = candidate;
        }
        return best;
    }

    /// <summary>Load over capacity; a suspect or newly returned replica looks four times as loaded.</summary>
    private static double Weighted(Replica replica) =>
        (replica.Live.Load + 1.0) / replica.Capacity * (replica.State == ReplicaState.Healthy ? 1 : 4);

    private int Next(int below)
    {
        lock (random)
            return random.Next(below);
    }
}
