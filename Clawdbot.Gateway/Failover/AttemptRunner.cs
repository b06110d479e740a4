using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Failover;

/// <summary>Makes one attempt, and tells history, health, metrics and trace how it ended.</summary>
internal sealed class AttemptRunner(Forwarder forwarder, ReplicaTable table, GatewayMetrics metrics, TimeProvider time)
{
    public async Task<AttemptResult> RunAsync(Attempt attempt, AttemptHistory history)
    {
        var (replica, response) = (attempt.Replica, attempt.Response);
        var kind = attempt.IsHedge ? "hedge" : history.HasFailovers ? AttemptKinds.Name(attempt.Kind) : "new";
        var given = attempt.Kind is AttemptKind.Exact or AttemptKind.Text ? response.Tokens : 0;
        using var span = RequestTrace.Attempt(replica, history.Begins(), kind, given);
        var result = await forwarder.AttemptAsync(attempt);
        history.Attempted(AttemptRecord.Of(replica, attempt.Kind, result));
        table.Report(replica, result.Progress.Report(result.Outcome, attempt.Request.Prompt, time));
        metrics.AttemptEnded(replica.Id, result.Outcome);
        RequestTrace.AttemptEnded(span, result.Outcome, response.Tokens);
        return result;
    }
}
