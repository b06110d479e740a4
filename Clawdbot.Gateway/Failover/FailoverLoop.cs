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
    ReplicaTable table, LeastLoadedPicker picker, Forwarder forwarder, GatewayMetrics metrics, IOptions<FailoverOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    public async Task<RequestEnd> RunAsync(
        Generation request, Journal journal, IAnswer answer, Story story, ContinuePolicy policy, CancellationToken client)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TotalSeconds), time);
        var limits = new Limits(options.Value, journal);
        var avoid = new HashSet<ReplicaLive>();
        AttemptResult? last = null;
        while (true)
        {
            var needed = new Requirement(request.Model, journal.Tokens > 0 ? journal.Identity : null);
            if (await PickAsync(needed, avoid, client, deadline.Token) is not { } replica)
                return Unserved(answer, last, client, deadline.Token);

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
            avoid.Add(replica.Live);
            var way = WayOn(request, journal, answer, policy);
            var entry = Entry(journal, replica, last.Outcome);
            story.Failed(entry);
            if (way == Way.None)
                return new RequestEnd(EndKind.CannotContinue, last);
            if (limits.Exceeded(last))
                return new RequestEnd(answer.IsCommitted ? EndKind.CannotContinue : EndKind.Failed, last);
            var kind = way == Way.FromIds ? "exact" : "restart";
            metrics.FailedOver(entry.Phase, kind, last.Outcome);
            RequestTrace.FailedOver(entry, kind);
            if (way == Way.StartOver)
            {
                journal.StartOver();
                answer.StartOver();
            }
        }
    }

    private enum Way
    {
        None,
        StartOver,
        FromIds,
    }

    private static Way WayOn(Generation request, Journal journal, IAnswer answer, ContinuePolicy policy) =>
        journal.Ids.Count > 0 && journal.NeedsIds && request.Choices == 1 && policy != ContinuePolicy.None ? Way.FromIds
        : answer.IsCommitted ? Way.None
        : Way.StartOver;

    private async Task<AttemptResult> AttemptAsync(
        Replica replica, Generation request, Journal journal, IAnswer answer, Story story, CancellationToken client, CancellationToken deadline)
    {
        story.Attempts++;
        using var span = RequestTrace.Attempt(replica, story.Attempts, journal.Tokens);
        var (before, lastTokenAt) = (journal.Tokens, journal.LastTokenAt);
        journal.Resumed = () =>
        {
            TimeSpan? silence = before > 0 ? time.GetElapsedTime(lastTokenAt) : null;
            if (silence is { } gap && story.Failovers is [.., { To: null } failed])
                metrics.Resumed(failed.Cause, gap);
            story.Resumed(replica.Id, silence);
        };
        var result = await forwarder.AttemptAsync(replica, request, journal, answer, client, deadline);
        journal.Resumed = null;
        table.Report(replica, result.Outcome);
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, journal.Tokens);
        return result;
    }

    /// <summary>A replica, waited for if need be; null when the client left or none came in time.</summary>
    private async Task<Replica?> PickAsync(Requirement needed, HashSet<ReplicaLive> avoid, CancellationToken client, CancellationToken deadline)
    {
        if (picker.Pick(table.Current, needed, avoid) is { } first)
            return first;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.ReplicaWaitSeconds), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(client, deadline, patience.Token);
        while (!end.IsCancellationRequested)
        {
            var changed = table.Changed;
            if (picker.Pick(table.Current, needed, avoid) is { } replica)
                return replica;
            await Task.WhenAny(changed, Task.Delay(Round, time, end.Token));
            avoid.Clear(); // those that were busy may have room now; those that died are not in the set
        }
        return null;
    }

    private FailoverEntry Entry(Journal journal, Replica replica, AttemptOutcome cause) => new()
    {
        At = time.GetUtcNow(),
        Request = journal.Id,
        From = replica.Id,
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
