using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// The replicas as one request sees them: those that it tried are left out until the next round, those that refused to continue its answer
/// are not asked for that again.
/// </summary>
internal sealed class ReplicaChoice(ReplicaSearch search, RequestContext context)
{
    private static readonly HashSet<ReplicaLive> Nobody = [];

    private HashSet<ReplicaLive> _tried = Nobody;
    private HashSet<ReplicaLive> _full = Nobody;
    private HashSet<ReplicaLive> _rejected = Nobody;
    private List<(ReplicaLive Live, AttemptKind Kind)>? _refused;
    private HashSet<ReplicaLive>? _unsupported;
    private Dictionary<ReplicaLive, long>? _told;
    private TooShort? _tooShort;
    private (AttemptKind Kind, Replica Replica)? _found;

    /// <summary>What a replica must be for an attempt of this kind.</summary>
    public Requirement Needs(AttemptKind kind)
    {
        var (request, response) = (context.Request, context.Response);
        var needed = kind switch
        {
            AttemptKind.Exact => new Requirement(request.RoutedModel, response.Identity, ContinuationKind.Ids),
            AttemptKind.Text => new Requirement(request.RoutedModel, response.Identity, ContinuationKind.Text),
            AttemptKind.Replay => new Requirement(request.RoutedModel, response.Identity, Repeatable: true),
            _ => new Requirement(request.RoutedModel, null),
        };
        var needs = request.Needs | (kind is AttemptKind.Exact or AttemptKind.Text ? RequestNeeds.Continuation : RequestNeeds.None);
        needed = needed with { Pictures = request.Pictures, Key = request.CacheKey, Needs = needs, MoreContextThan = _tooShort };
        // Where all say that they can't, one is asked all the same: it may have learned, and its own words tell the client why.
        return needs == RequestNeeds.None || _unsupported is not null || IsAny(needed) ? needed : needed with { Needs = RequestNeeds.None };
    }

    private bool IsAny(in Requirement needed)
    {
        foreach (var replica in search.All)
        {
            if (replica.State != ReplicaState.Gone && needed.MayBecome(replica))
                return true;
        }
        return false;
    }

    /// <summary>Finds a replica for an attempt of this kind; null when none is in rotation that this request has not tried.</summary>
    /// <param name="kind">The kind of attempt.</param>
    /// <param name="needsRoom">Whether it must have room: then null also when all are full.</param>
    public Replica? Find(AttemptKind kind, bool needsRoom = false) =>
        search.Find(Needs(kind), Without(kind)) is not { } found ? null
        : needsRoom && LeastLoadedPicker.IsFull(found) ? search.FindWithRoom(Needs(kind), Without(kind))
        : found;

    /// <summary>The replica that the last <see cref="Look"/> found for an attempt of this kind; null when it found none.</summary>
    public Replica? Found(AttemptKind kind) => _found is { } found && found.Kind == kind ? found.Replica : null;

    /// <summary>A second replica beside <paramref name="first"/>; null when there is none.</summary>
    public Replica? Second(Replica first) => search.Find(Needs(AttemptKind.Fresh), [.. Without(AttemptKind.Fresh), first.Live]);

    /// <summary>Whether there is a healthy replica with room that this request has not tried.</summary>
    public bool IsAnyWell(AttemptKind kind) => search.IsAnyWell(Needs(kind), Without(kind));

    /// <summary>
    /// Adds to the view whether there is a replica for attempts of this kind, and if none is in rotation, what is known of the others.
    /// </summary>
    /// <param name="kind">The kind of attempt.</param>
    /// <param name="rejections">
    /// How often replicas turned the request away. A new answer then goes only to a replica that reports room, and from the third time on
    /// only to one that never turned it away.
    /// </param>
    /// <param name="view">What is known already.</param>
    public FleetView Look(AttemptKind kind, int rejections, FleetView view)
    {
        var needsRoom = rejections > 0 && kind == AttemptKind.Fresh;
        if (rejections >= FailoverPolicy.MostRejections && kind == AttemptKind.Fresh)
            _tried = [.. _tried, .. _rejected];
        if (Find(kind, needsRoom) is { } found)
        {
            _found = (kind, found);
            return view.With(kind, Availability.Ready);
        }
        var (needed, best) = (Needs(kind), Availability.None);
        foreach (var replica in search.All)
        {
            if (replica.State == ReplicaState.Gone || IsRefused(replica.Live, kind)
                || _unsupported?.Contains(replica.Live) == true || !needed.MayBecome(replica))
                continue;
            var told = Told(replica.Live);
            var opensIn = told ?? search.OpensIn(replica);
            var isBusy = replica.IsRoutable
                && (opensIn is not null || replica.Live.IsReserved || _full.Contains(replica.Live) || LeastLoadedPicker.IsFull(replica));
            best = isBusy ? Availability.Busy : best == Availability.None ? Availability.Away : best;
            view = view with
            {
                IsReturning = view.IsReturning || replica.IsReturning,
                MayOpenAnyTime = view.MayOpenAnyTime || (isBusy && opensIn is null),
                MayReopenWithin = isBusy && told is null && opensIn is not null && search.MayReopenFor(replica) is var within
                    && within > (view.MayReopenWithin ?? TimeSpan.Zero) ? within : view.MayReopenWithin,
                RetryAfter = isBusy && opensIn < (view.RetryAfter ?? TimeSpan.MaxValue) ? opensIn : view.RetryAfter,
            };
        }
        return view.With(kind, best);
    }

    /// <summary>Leaves out a replica on which an attempt failed until the next round.</summary>
    public void Tried(Replica replica)
    {
        if (_tried == Nobody)
            _tried = [];
        _tried.Add(replica.Live);
    }

    /// <summary>Leaves out a replica that is full until the next round, and remembers that it turned the request away.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="wait">When this request may come again by the replica's word, for however long; null when it said nothing.</param>
    public void Rejected(Replica replica, TimeSpan? wait)
    {
        if (wait is { } told)
            (_told ??= [])[replica.Live] = search.In(told);
        Tried(replica);
        if (_full == Nobody)
            _full = [];
        if (_rejected == Nobody)
            _rejected = [];
        _full.Add(replica.Live);
        _rejected.Add(replica.Live);
    }

    /// <summary>Leaves out a replica that refused to continue this answer in this way.</summary>
    public void Refused(Replica replica, AttemptKind kind) => (_refused ??= []).Add((replica.Live, kind));

    /// <summary>
    /// Leaves out a replica that can't serve a request like this, and with it, if its context was too short, all that have no longer one.
    /// </summary>
    public void Unsupported(Replica replica, string? code)
    {
        (_unsupported ??= []).Add(replica.Live);
        if (code == GenerationError.ContextLengthExceeded)
            _tooShort = new TooShort(replica.Description?.ContextTokens, replica.Identity).Or(_tooShort);
    }

    /// <summary>Begins a new round: replicas that were tried may have recovered.</summary>
    public void NextRound() =>
        (_tried, _full) = (_told is null ? Nobody : [.. _told.Keys.Where(live => Told(live) is not null)], Nobody);

    /// <summary>Time until a replica takes this request again, by what it said to it; null when it takes it now.</summary>
    private TimeSpan? Told(ReplicaLive live) => _told?.TryGetValue(live, out var until) == true ? search.Until(until) : null;

    private bool IsRefused(ReplicaLive live, AttemptKind kind) => _refused?.Contains((live, kind)) == true;

    /// <summary>The replicas that are left out for attempts of this kind.</summary>
    public HashSet<ReplicaLive> Without(AttemptKind kind) => _refused is null && _unsupported is null ? _tried
        : [.. _tried, .. (_refused ?? []).Where(r => r.Kind == kind).Select(r => r.Live), .. _unsupported ?? Nobody];
}
