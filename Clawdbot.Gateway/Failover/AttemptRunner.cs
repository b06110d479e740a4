using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Failover;

/// <summary>Has one attempt made, and tells everybody how it ended.</summary>
internal sealed class AttemptRunner(Forwarder forwarder, ReplicaTable table, GatewayMetrics metrics, TimeProvider time)
{
    public async Task<AttemptResult> RunAsync(Errand errand, Replica replica, Race? race, bool isHedge)
    {
        var (request, journal, story) = (errand.Request, errand.Journal, errand.Story);
        var kind = isHedge ? "hedge" : story.HasFailovers ? AttemptKinds.Name(journal.Kind) : "new";
        using var span = RequestTrace.Attempt(replica, story.Begins(), kind, journal.Kind is AttemptKind.Exact or AttemptKind.Text ? journal.Tokens : 0);
        var result = await forwarder.AttemptAsync(replica, request, journal, errand.Answer, errand.Client, errand.Deadline, race);
        var progress = result.Progress;
        story.Attempted(AttemptRecord.Of(replica, journal.Kind, result));
        table.Report(replica, progress.Report(result.Outcome, request.Prompt, time));
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, journal.Tokens);
        return result;
    }

    /// <summary>From now on the first token that comes after a change of replicas is told of.</summary>
    public void TellWhenResumed(Errand errand, Func<Replica> serving, Hold? hold)
    {
        var (journal, story) = (errand.Journal, errand.Story);
        var (before, lastTokenAt) = (journal.Tokens, journal.LastTokenAt);
        journal.Resumed = () =>
        {
            hold?.Dispose(); // it produces: whatever happens now is not its doing
            TimeSpan? silence = before > 0 ? time.GetElapsedTime(lastTokenAt) : null;
            if (silence is { } gap && story.Failovers is [.., { To: null } failed])
                metrics.Resumed(failed.Cause, gap);
            story.Resumed(serving().Id, silence);
            if (journal.Kind == AttemptKind.Text)
                journal.Approximated();
        };
    }
}
