using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Records a request that is over in metrics, trace and ledger.</summary>
internal sealed class RequestAccounting(RequestLedger ledger, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Records a request that failover answered or could not answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">The error for the client; null when there is none.</param>
    /// <param name="delivered">Tokens that the client was sent.</param>
    public void Ended(RequestContext context, ApiError? error, int delivered)
    {
        var (request, response, history) = (context.Request, context.Response, context.History);
        var (result, elapsed) = (context.End!.Reason.Result(), time.GetElapsedTime(context.BodyReadAt));
        metrics.RequestEnded(result, request.Stream, response.Tokens, elapsed);
        metrics.TokensUsed(response.PromptTokens, response.Tokens);
        RequestTrace.Ended(request.Model, response.Id, result, history.Attempts, response.PromptTokens, response.Tokens);
        RequestTrace.Served(response.ServedModel);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = response.Id,
            RequestId = context.Options.RequestId,
            Tenant = context.Options.Caller.Tenant,
            Model = request.Model,
            ServedModel = response.ServedModel,
            Stream = request.Stream,
            Result = result,
            Code = error?.Code,
            PromptTokens = response.PromptTokens,
            CompletionTokens = delivered,
            IsApproximate = response.IsApproximate,
            Duration = elapsed,
            FirstToken = context.FirstToken,
            Attempts = history.Records,
            Failovers = history.Failovers,
            Idempotent = context.Idempotent,
        });
    }

    /// <summary>Records a request that got the answer of another one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">Id of the answer.</param>
    /// <param name="usage">Tokens counted for the answer; null when it is not whole.</param>
    /// <param name="how"><c>joined</c> or <c>replayed</c>.</param>
    /// <param name="isGone">Whether its client left before the end.</param>
    public void Repeated(RequestContext context, string id, AnswerUsage? usage, string how, bool isGone)
    {
        metrics.Idempotent(how);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = id,
            RequestId = context.Options.RequestId,
            Tenant = context.Options.Caller.Tenant,
            Model = context.Request.Model,
            Stream = context.Request.Stream,
            Result = isGone ? "client_gone" : usage is null ? "failed" : "completed",
            PromptTokens = usage?.PromptTokens ?? 0,
            CompletionTokens = usage?.CompletionTokens ?? 0,
            Duration = time.GetElapsedTime(context.BodyReadAt),
            Idempotent = how,
        });
    }
}
