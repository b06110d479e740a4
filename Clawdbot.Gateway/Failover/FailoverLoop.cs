using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Owns a request until it is answered: takes the current set, lets routing pick, lets forwarding make one attempt, looks
/// at the outcome, decides.
/// </summary>
internal sealed class FailoverLoop(
    ReplicaTable table, ReplicaSearch search, Forwarder forwarder, RetryBudget budget, GatewayMetrics metrics, IOptions<FailoverOptions> options, TimeProvider time)
{
    public async Task<RequestEnd> RunAsync(Generation request, Journal journal, IAnswer answer, Story story, Wishes wishes, CancellationToken client)
    {
        budget.RequestCame();
        using var deadline = new CancellationTokenSource(TotalTime(wishes), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(client, deadline.Token);
        var limits = new Limits(options.Value, budget, journal);
        var ladder = new Ladder(request, journal, wishes.Continue, TimeSpan.FromMilliseconds(options.Value.ReplayMilliseconds), time);
        var kind = AttemptKind.Fresh;
        var avoid = new HashSet<ReplicaLive>();
        AttemptResult? last = null;
        while (true)
        {
            if (await search.FindAsync(ladder.Needs(kind) with { Pictures = request.Pictures, Key = request.CacheKey }, avoid, end.Token) is not { } replica)
                return Unserved(answer, last, client, deadline.Token);

            journal.Attempt(kind);
            last = await AttemptAsync(replica, request, journal, answer, story, client, deadline.Token);
            switch (Attribution.Of(last.Outcome))
            {
                case Fault.None:
                    return new RequestEnd(EndKind.Completed);
                case Fault.Client:
                    return new RequestEnd(Kind(last.Outcome), last);
                case Fault.Backpressure:
                    Avoid(replica, last, avoid);
                    continue;
            }

            // From here on the replica is at fault, and the question is what becomes of the answer.
            if (journal.IsComplete)
                return new RequestEnd(EndKind.Completed); // only the farewell was lost
            if (last.Outcome != AttemptOutcome.Diverged)
                avoid.Add(replica.Live); // one that says something else is well
            var next = ladder.After(last.Outcome, answer.IsCommitted);
            var entry = Entry(journal, replica, last.Outcome, next);
            story.Failed(entry);
            if (next is not { } way)
                return new RequestEnd(ladder.End, last);
            if (limits.Reached(last, way, IsOut(replica)) is { } reached)
                return Ended(reached, answer, last);
            metrics.FailedOver(entry);
            RequestTrace.FailedOver(entry);
            kind = way;
            if (kind == AttemptKind.Fresh)
            {
                journal.StartOver();
                answer.StartOver();
            }
        }
    }

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
            metrics.RetryRefused();
        return new RequestEnd(answer.IsCommitted ? EndKind.CannotContinue : reached, last);
    }

    private async Task<AttemptResult> AttemptAsync(
        Replica replica, Generation request, Journal journal, IAnswer answer, Story story, CancellationToken client, CancellationToken deadline)
    {
        using var span = RequestTrace.Attempt(replica, story.Begins(), story.Failovers.Count == 0 ? "new" : AttemptKinds.Name(journal.Kind), journal.Kind is AttemptKind.Exact or AttemptKind.Text ? journal.Tokens : 0);
        var (before, lastTokenAt) = (journal.Tokens, journal.LastTokenAt);
        journal.Resumed = () =>
        {
            TimeSpan? silence = before > 0 ? time.GetElapsedTime(lastTokenAt) : null;
            if (silence is { } gap && story.Failovers is [.., { To: null } failed])
                metrics.Resumed(failed.Cause, gap);
            story.Resumed(replica.Id, silence);
            if (journal.Kind == AttemptKind.Text)
                journal.Approximated();
        };
        var result = await forwarder.AttemptAsync(replica, request, journal, answer, client, deadline);
        journal.Resumed = null;
        var progress = result.Progress;
        story.Attempted(AttemptRecord.Of(replica, journal.Kind, result));
        table.Report(replica, progress.Report(result.Outcome, request.Prompt, time));
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, journal.Tokens);
        return result;
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
