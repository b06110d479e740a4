using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Routing;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Owns a request until it is answered: takes the current set, lets routing pick, lets forwarding make one attempt, looks
/// at the outcome, decides.
/// </summary>
internal sealed class FailoverLoop(
    ReplicaTable table, ReplicaSearch search, AttemptRunner runner, Hedges hedges, RetryBudget budget, Isolation isolation, Poison poison, GatewayMetrics metrics, IOptions<FailoverOptions> options,
    TimeProvider time)
{
    public async Task<RequestEnd> RunAsync(Generation request, Journal journal, IAnswer answer, Story story, Wishes wishes, CancellationToken client)
    {
        budget.RequestCame();
        using var deadline = new CancellationTokenSource(TotalTime(wishes), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(client, deadline.Token);
        var errand = new Errand(request, journal, answer, story, client, deadline.Token);
        await using var attempts = new Attempts(errand, runner, hedges);
        var suspicion = new Suspicion(journal, time);
        var limits = new Limits(options.Value, budget, journal);
        var ladder = new Ladder(request, journal, wishes.Continue, TimeSpan.FromMilliseconds(options.Value.ReplayMilliseconds), time);
        var kind = AttemptKind.Fresh;
        var avoid = new HashSet<ReplicaLive>();
        AttemptResult? last = null;
        while (true)
        {
            var needed = ladder.Needs(kind) with { Pictures = request.Pictures, Key = request.CacheKey };
            if (!attempts.Any)
            {
                if (journal.Tokens == 0 && poison.Refused(request) is { } refused)
                    return refused;
                var hold = await isolation.FindAsync(suspicion, needed, avoid, end.Token);
                if ((hold?.Replica ?? await search.FindAsync(needed, avoid, end.Token)) is not { } found)
                    return Unserved(answer, last, client, deadline.Token);
                journal.Attempt(kind);
                attempts.Begin(found, mayHedge: !story.HasFailovers, hold);
            }
            (var replica, last) = await attempts.NextAsync(first => Second(needed, first, avoid));
            switch (Attribution.Of(last.Outcome))
            {
                case Fault.None:
                    return new RequestEnd(EndKind.Completed);
                case Fault.Client when attempts.CallOff():
                    return new RequestEnd(Kind(last.Outcome), last);
                case Fault.Client:
                    continue; // the other attempt has had its first token meanwhile
                case Fault.Backpressure:
                    Avoid(replica, last, avoid);
                    continue;
            }

            // From here on the replica is at fault, and the question is what becomes of the answer.
            if (last.Outcome != AttemptOutcome.Diverged)
                avoid.Add(replica.Live); // one that says something else is well
            if (attempts.Any)
            {
                attempts.Failed(() => FailedOver(story, Entry(journal, replica, last.Outcome, AttemptKind.Fresh)));
                continue; // another one is at it already
            }
            if (journal.IsComplete)
                return new RequestEnd(EndKind.Completed); // only the farewell was lost
            await suspicion.ConsiderAsync(replica, last);
            if (GoesOn(errand, ladder, limits, suspicion, replica, last, () => search.IsAnyWell(needed, avoid), ref kind) is { } over)
                return over;
        }
    }

    /// <summary>What follows a failure: how the answer goes on, or how the request ends.</summary>
    private RequestEnd? GoesOn(Errand errand, Ladder ladder, Limits limits, Suspicion suspicion, Replica replica, AttemptResult last,
        Func<bool> othersAreWell, ref AttemptKind kind)
    {
        var (_, journal, answer, story, _, _) = errand;
        var next = ladder.After(last.Outcome, answer.IsCommitted);
        var entry = Entry(journal, replica, last.Outcome, next);
        story.Failed(entry);
        if (next is not { } way)
            return new RequestEnd(ladder.End, last);
        if (suspicion.IsProven && poison.Convict(errand.Request, journal, last) is var end)
            return answer.IsCommitted ? new RequestEnd(EndKind.CannotContinue, last) : end;
        if (limits.Reached(last, way, IsOut(replica), othersAreWell) is { } reached)
            return Ended(reached, answer, last);
        FailedOver(entry);
        kind = way;
        if (kind == AttemptKind.Fresh)
        {
            journal.StartOver();
            answer.StartOver();
        }
        return null;
    }

    /// <summary>A second replica for a request whose first token is late; null when there is none, or none may be asked.</summary>
    private Replica? Second(Requirement needed, Replica first, HashSet<ReplicaLive> avoid) =>
        search.Find(needed, [.. avoid, first.Live]) is { } second && hedges.Allows(second) ? second : null;

    private TimeSpan TotalTime(Wishes wishes)
    {
        var most = TimeSpan.FromSeconds(options.Value.TotalSeconds);
        return wishes.TimeLeft is { } left && left < most ? left : most;
    }

    /// <summary>A full replica is not a sick one: it is left alone for as long as it said, by all; when it did not say, by this request until its next round.</summary>
    private void Avoid(Replica replica, AttemptResult busy, HashSet<ReplicaLive> avoid)
    {
        avoid.Add(replica.Live);
        if (busy.RetryAfter is { } wait)
            replica.Live.CloseUntil(time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>Whether nobody is sent there any more, or another process answers there by now.</summary>
    private bool IsOut(Replica replica) => table.Current.Find(replica.Id) is not { IsRoutable: true } now || now.Live != replica.Live;

    private RequestEnd Ended(EndKind reached, IAnswer answer, AttemptResult last)
    {
        if (reached == EndKind.BudgetSpent)
            metrics.RetryRefused("retry");
        return new RequestEnd(answer.IsCommitted ? EndKind.CannotContinue : reached, last);
    }

    private void FailedOver(Story story, FailoverEntry entry)
    {
        story.Failed(entry);
        FailedOver(entry);
    }

    private void FailedOver(FailoverEntry entry)
    {
        metrics.FailedOver(entry);
        RequestTrace.FailedOver(entry);
    }

    private FailoverEntry Entry(Journal journal, Replica replica, AttemptOutcome cause, AttemptKind? next) => new()
    {
        At = time.GetUtcNow(),
        Request = journal.Id,
        From = replica.Id,
        Kind = next is { } kind ? AttemptKinds.Name(kind) : null,
        Cause = cause,
        Tokens = journal.Tokens,
    };

    private static RequestEnd Unserved(IAnswer answer, AttemptResult? last, CancellationToken client, CancellationToken deadline) => new(
        client.IsCancellationRequested ? EndKind.ClientGone
        : deadline.IsCancellationRequested ? EndKind.DeadlineExceeded
        : answer.IsCommitted ? EndKind.CannotContinue
        : EndKind.NoReplica, last);

    private static EndKind Kind(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.ClientGone => EndKind.ClientGone,
        AttemptOutcome.DeadlineExceeded => EndKind.DeadlineExceeded,
        _ => EndKind.Refused,
    };
}
