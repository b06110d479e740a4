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
    ReplicaTable table, ReplicaPicker picker, Forwarder forwarder, GatewayMetrics metrics, IOptions<FailoverOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    public async Task<RequestEnd> RunAsync(
        Generation request, Journal journal, IAnswer answer, Story story, ContinuePolicy policy, CancellationToken client)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TotalSeconds), time);
        var limits = new Limits(options.Value, journal);
        var ladder = new Ladder(request, journal, policy, TimeSpan.FromMilliseconds(options.Value.ReplayMilliseconds), time);
        var kind = AttemptKind.Fresh;
        var avoid = new HashSet<ReplicaLive>();
        AttemptResult? last = null;
        while (true)
        {
            if (await PickAsync(ladder.Needs(kind) with { Pictures = request.Pictures, Key = request.CacheKey }, avoid, client, deadline.Token) is not { } replica)
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
                    avoid.Add(replica.Live);
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
            if (limits.Exceeded(last))
                return new RequestEnd(answer.IsCommitted ? EndKind.CannotContinue : EndKind.Failed, last);
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
        story.Attempted(new AttemptRecord(replica.Id, progress.Instance, journal.Kind, result.Outcome, progress.Tokens, progress.Usage));
        table.Report(replica, progress.Report(result.Outcome, request.Prompt, time));
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, journal.Tokens);
        return result;
    }

    /// <summary>A replica, waited for if need be; null when the client left or none came in time.</summary>
    private async Task<Replica?> PickAsync(Requirement needed, HashSet<ReplicaLive> avoid, CancellationToken client, CancellationToken deadline)
    {
        if (Pick(needed, avoid) is { } first)
            return first;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.ReplicaWaitSeconds), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(client, deadline, patience.Token);
        while (!end.IsCancellationRequested)
        {
            var changed = table.Changed;
            if (Pick(needed, avoid) is { } replica)
                return replica;
            await Task.WhenAny(changed, Task.Delay(Round, time, end.Token));
            avoid.Clear(); // those that were busy may have room now; those that died are not in the set
        }
        return null;
    }

    /// <summary>Where its pictures failed it goes only when there is no other replica at all, not even a busy one: better there than nowhere.</summary>
    private Replica? Pick(Requirement needed, HashSet<ReplicaLive> avoid) => picker.Pick(table.Current, needed, avoid)
        ?? (needed.Pictures is null || picker.Pick(table.Current, needed, []) is not null ? null : picker.Pick(table.Current, needed with { Pictures = null }, avoid));

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
