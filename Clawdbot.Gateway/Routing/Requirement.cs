using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Routing;

/// <summary>What a replica must be to serve a request.</summary>
/// <param name="Model">Model id.</param>
/// <param name="Identity">For an answer that goes on: the identity it began with. Null for a new one.</param>
/// <param name="Continuation">How it goes on, if by the engine's own means.</param>
/// <param name="Repeatable">It goes on by being said again.</param>
/// <param name="Pictures">The request's pictures, none of which may have failed there lately; null for none, or when it can't be helped.</param>
/// <param name="Key">What it shares with other requests that a replica's caches may hold; null for nothing that matters. It only prefers.</param>
/// <param name="Now">A timestamp: who said to come again only later is left alone until then.</param>
internal readonly record struct Requirement(
    string Model, string? Identity, ContinuationKind Continuation = ContinuationKind.None, bool Repeatable = false, PictureHashes? Pictures = null,
    ulong? Key = null, long Now = long.MaxValue)
{
    /// <summary>Whether <paramref name="replica"/> could do if it were in rotation and had room, by what it said last; one that has said nothing yet might.</summary>
    public bool MayBecome(Replica replica) => replica.Description is { } said ? Matches(said) : Identity is null;

    /// <summary>Whether <paramref name="replica"/> will do.</summary>
    public bool Admits(Replica replica) => replica.Description is { } said && Matches(said) && !replica.Live.IsClosed(Now)
        && (Pictures is null || replica.Live.Status?.Avoid is not { } failed || !Pictures.Any(failed));

    private bool Matches(ReplicaDescription said) => said.Models.Contains(Model)
        && (Identity is null || (said.Identity == Identity && (Continuation == ContinuationKind.None || said.Continuation == Continuation)
            && (!Repeatable || said.IsRepeatable)));
}
