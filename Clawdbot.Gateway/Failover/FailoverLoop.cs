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
    ReplicaTable table, ReplicaSearch search, AttemptRunner runner, Hedges hedges, RetryBudget budget, ExclusivePlacement placement, PoisonQuarantine poisonQuarantine, GatewayMetrics metrics, IOptions<FailoverOptions> options,
    TimeProvider time)
{
    public async Task<RequestEnd> RunAsync(GenerationRequest request, ResponseState response, IResponseWriter writer, AttemptHistory history, Wishes wishes, CancellationToken client)
    {
        budget.RequestCame();
        using var deadline = new CancellationTokenSource(TotalTime(wishes), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(client, deadline.Token);
        var errand = new Errand(request, response, writer, history, client, deadline.Token);
        await using var attempts = new Attempts(errand, runner, hedges);
        var suspicion = new PoisonSuspicion(response, time);
        var limits = new RetryLimits(options.Value, budget, response);
        var policy = new ContinuationPolicy(request, response, wishes.Continue, TimeSpan.FromMilliseconds(options.Value.ReplayMilliseconds),
            time);
        var kind = AttemptKind.Fresh;
        var avoid = new HashSet<ReplicaLive>();
        AttemptResult? last = null;
        while (true)
        {
            var needed = policy.Needs(kind) with { Pictures = request.Pictures, Key = request.CacheKey };
            if (!attempts.Any)
            {
                if (response.Tokens == 0 && poisonQuarantine.Refused(request) is { } refused)
                    return refused;
                var reservation = await placement.FindAsync(suspicion, needed, avoid, end.Token);
                if ((reservation?.Replica ?? await search.FindAsync(needed, avoid, end.Token)) is not { } found)
                    return Unserved(writer, last, client, deadline.Token);
                response.Attempt(kind);
                attempts.Begin(found, mayHedge: !history.HasFailovers, reservation);
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
                attempts.Failed(() => FailedOver(history, Entry(response, replica, last.Outcome, AttemptKind.Fresh)));
                continue; // another one is at it already
            }
            if (response.IsComplete)
                return new RequestEnd(EndKind.Completed); // the whole answer was delivered; only the end of the connection failed
            await suspicion.ConsiderAsync(replica, last);
            if (GoesOn(errand, policy, limits, suspicion, replica, last, () => search.IsAnyWell(needed, avoid), ref kind) is { } over)
                return over;
        }
    }

    /// <summary>What follows a failure: how the answer goes on, or how the request ends.</summary>
    private RequestEnd? GoesOn(
        Errand errand, ContinuationPolicy policy, RetryLimits limits, PoisonSuspicion suspicion, Replica replica, AttemptResult last,
        Func<bool> othersAreWell, ref AttemptKind kind)
    {
        var (_, response, writer, history, _, _) = errand;
        var next = policy.After(last.Outcome, writer.IsCommitted);
        var entry = Entry(response, replica, last.Outcome, next);
        history.Failed(entry);
        if (next is not { } way)
            return new RequestEnd(policy.End, last);
        if (suspicion.IsProven && poisonQuarantine.Convict(errand.Request, response, last) is var end)
            return writer.IsCommitted ? new RequestEnd(EndKind.CannotContinue, last) : end;
        if (limits.Reached(last, way, IsOut(replica), othersAreWell) is { } reached)
            return Ended(reached, writer, last);
        FailedOver(entry);
        kind = way;
        if (kind == AttemptKind.Fresh)
        {
            response.StartOver();
            writer.StartOver();
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

    private RequestEnd Ended(EndKind reached, IResponseWriter writer, AttemptResult last)
    {
        if (reached == EndKind.BudgetSpent)
            metrics.RetryRefused("retry");
        return new RequestEnd(writer.IsCommitted ? EndKind.CannotContinue : reached, last);
    }

    private void FailedOver(AttemptHistory history, FailoverEntry entry)
    {
        history.Failed(entry);
        FailedOver(entry);
    }

    private void FailedOver(FailoverEntry entry)
    {
        metrics.FailedOver(entry);
        RequestTrace.FailedOver(entry);
    }

    private FailoverEntry Entry(ResponseState response, Replica replica, AttemptOutcome cause, AttemptKind? next) => new()
    {
        At = time.GetUtcNow(),
        Request = response.Id,
        From = replica.Id,
        Kind = next is { } kind ? AttemptKinds.Name(kind) : null,
        Cause = cause,
        Tokens = response.Tokens,
    };

    private static RequestEnd Unserved(
        IResponseWriter writer, AttemptResult? last, CancellationToken client, CancellationToken deadline) => new(
        client.IsCancellationRequested ? EndKind.ClientGone
        : deadline.IsCancellationRequested ? EndKind.DeadlineExceeded
        : writer.IsCommitted ? EndKind.CannotContinue
        : EndKind.NoReplica, last);

    private static EndKind Kind(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.ClientGone => EndKind.ClientGone,
        AttemptOutcome.DeadlineExceeded => EndKind.DeadlineExceeded,
        _ => EndKind.Refused,
    };
}
