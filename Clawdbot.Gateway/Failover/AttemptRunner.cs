using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Failover;

/// <summary>Has one attempt made, and tells everybody how it ended.</summary>
internal sealed class AttemptRunner(Forwarder forwarder, ReplicaTable table, GatewayMetrics metrics, TimeProvider time)
{
    public async Task<AttemptResult> RunAsync(Errand errand, Replica replica, HedgeArbiter? arbiter, bool isHedge)
    {
        var (request, response, history) = (errand.Request, errand.Response, errand.History);
        var kind = isHedge ? "hedge" : history.HasFailovers ? AttemptKinds.Name(response.Kind) : "new";
        using var span = RequestTrace.Attempt(replica, history.Begins(), kind, response.Kind is AttemptKind.Exact or AttemptKind.Text ? response.Tokens : 0);
        var result = await forwarder.AttemptAsync(replica, request, response, errand.Writer, errand.Client, errand.Deadline, arbiter);
        var progress = result.Progress;
        history.Attempted(AttemptRecord.Of(replica, response.Kind, result));
        table.Report(replica, progress.Report(result.Outcome, request.Prompt, time));
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, response.Tokens);
        return result;
    }

    /// <summary>From now on the first token that comes after a change of replicas is told of.</summary>
    public void TellWhenResumed(Errand errand, Func<Replica> serving, ReplicaReservation? reservation)
    {
        var (response, history) = (errand.Response, errand.History);
        var (before, lastTokenAt) = (response.Tokens, response.LastTokenAt);
        response.Resumed = () =>
        {
            reservation?.Dispose(); // it produces: whatever happens now is not its doing
            TimeSpan? silence = before > 0 ? time.GetElapsedTime(lastTokenAt) : null;
            if (silence is { } gap && history.Failovers is [.., { To: null } failed])
                metrics.Resumed(failed.Cause, gap);
            history.Resumed(serving().Id, silence);
            if (response.Kind == AttemptKind.Text)
                response.Approximated();
        };
    }
}
