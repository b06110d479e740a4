using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Routing;

/// <summary>What a replica must be to serve a request.</summary>
/// <param name="Model">Id of the model that the replica must answer to.</param>
/// <param name="Identity">The identity that the answer began with; null for a new answer.</param>
/// <param name="Continuation">How the replica must be able to continue the answer; none for no requirement.</param>
/// <param name="Repeatable">Whether the replica must be able to generate the same answer again with the same seed.</param>
/// <param name="Pictures">The request's pictures, none of which may have failed there lately; null for none, or to allow that.</param>
/// <param name="Key">
/// Key of what the request shares with others and a replica's caches may hold; null for nothing that matters. A preference only.
/// </param>
/// <param name="Needs">What the replica must be able to do, as far as it has said that it can't.</param>
/// <param name="MoreContextThan">
/// A replica whose context was too short for the request, or whose identity is that of one which does not say how long it is: only others
/// with a longer one will do. Null where none was too short.
/// </param>
/// <param name="Now">The time as a timestamp: a replica that said to come again later does not serve yet.</param>
internal readonly record struct Requirement(
    string Model, string? Identity, ContinuationKind Continuation = ContinuationKind.None, bool Repeatable = false,
    PictureHashes? Pictures = null, ulong? Key = null, RequestNeeds Needs = RequestNeeds.None, TooShort? MoreContextThan = null,
    long Now = long.MaxValue)
{
    /// <summary>
    /// Whether <paramref name="replica"/> could serve the request if it were in rotation and had room, by its last status; one without a
    /// status yet might, if the request is new.
    /// </summary>
    public bool MayBecome(Replica replica) => replica.Description is { } said ? Matches(said) : Identity is null;

    /// <summary>Whether <paramref name="replica"/> can serve the request.</summary>
    public bool Admits(Replica replica) => replica.Description is { } said && Matches(said) && !replica.Live.IsClosed(Now)
        && (Pictures is null || replica.Live.Status?.Avoid is not { } failed || !Pictures.Any(failed));

    private bool Matches(ReplicaDescription said) => said.Models.Contains(Model) && (said.Lacks & Needs) == 0
        && MoreContextThan?.IsFor(said) != true
        && (Identity is null || (said.Identity == Identity && (Continuation == ContinuationKind.None || said.Continuation == Continuation)
            && (!Repeatable || said.IsRepeatable)));
}

/// <summary>A context that was too short for a request.</summary>
/// <param name="Tokens">Its length; null where the replica does not say.</param>
/// <param name="Identity">The replica's identity: others of it have no longer one, as far as is known.</param>
internal sealed record TooShort(int? Tokens, string? Identity)
{
    /// <summary>Whether a replica's context is no longer than this one.</summary>
    public bool IsFor(ReplicaDescription said) =>
        said.ContextTokens is { } its && Tokens is { } mine ? its <= mine : said.Identity == Identity;

    /// <summary>The longer one of two.</summary>
    public TooShort Or(TooShort? other) => other?.Tokens is { } tokens && (Tokens is null || tokens > Tokens) ? other : this;
}
