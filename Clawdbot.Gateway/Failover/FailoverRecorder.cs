using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Failover;

/// <summary>Tells a request's history, the metrics and the trace of first tokens and failed attempts.</summary>
internal sealed class FailoverRecorder(RequestContext context, GatewayMetrics metrics, TimeProvider time) : IAttemptObserver
{
    /// <inheritdoc/>
    public void FirstToken(Attempt attempt)
    {
        var (response, history) = (context.Response, context.History);
        if (context.FirstToken is null)
        {
            context.FirstToken = time.GetElapsedTime(context.BodyReadAt);
            metrics.FirstToken(context.FirstToken.Value, context.Request.Stream);
        }
        TimeSpan? silence = response.LastTokenAt is { } last ? time.GetElapsedTime(last) : null;
        if (silence is { } gap && history.LastUnresumed is { } failed)
            metrics.Resumed(failed.Cause, gap);
        Resumed(attempt.Replica, silence);
        if (attempt.Kind == AttemptKind.Text)
            response.Approximated();
    }

    /// <summary>Records that the answer goes on from <paramref name="replica"/>.</summary>
    public void Resumed(Replica replica, TimeSpan? silence) => context.History.Resumed(replica.Id, silence);

    /// <summary>Records that an attempt failed.</summary>
    /// <param name="from">Its replica.</param>
    /// <param name="cause">How it ended.</param>
    /// <param name="next">The kind of the attempt that follows; null when none does.</param>
    public void Failed(Replica from, AttemptOutcome cause, AttemptKind? next)
    {
        var entry = new FailoverEntry
        {
            At = time.GetUtcNow(),
            Request = context.Response.Id,
            From = from.Id,
            Kind = next is { } kind ? AttemptKinds.Name(kind) : null,
            Cause = cause,
            Tokens = context.Response.Tokens,
        };
        context.History.Failed(entry);
        if (next is null)
            return;
        metrics.FailedOver(entry);
        RequestTrace.FailedOver(entry);
    }
}
