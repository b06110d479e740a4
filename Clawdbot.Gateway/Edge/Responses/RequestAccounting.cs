using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Tells metrics, trace and ledger of a request that is over.</summary>
internal sealed class RequestAccounting(RequestLedger ledger, GatewayMetrics metrics, TimeProvider time)
{
    /// <param name="context">The request.</param>
    /// <param name="error">What the client is told; null when nothing has to be.</param>
    /// <param name="delivered">Tokens that the client was sent.</param>
    public void Ended(RequestContext context, ApiError? error, int delivered)
    {
        var (request, response, history) = (context.Request, context.Response, context.History);
        var (result, elapsed) = (context.End!.Reason.Result(), time.GetElapsedTime(context.BodyReadAt));
        metrics.RequestEnded(result, request.Stream, response.Tokens, elapsed);
        metrics.TokensUsed(response.PromptTokens, response.Tokens);
        RequestTrace.Ended(request.Model, response.Id, result, history.Attempts, response.PromptTokens, response.Tokens);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = response.Id,
            Tenant = context.Options.Caller.Tenant,
            Model = request.Model,
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

    /// <summary>A request had an answer that another one made.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The answer's.</param>
    /// <param name="usage">What the answer was counted as; null when it is not whole.</param>
    /// <param name="how">How it came by it.</param>
    /// <param name="isGone">Its client left before the end.</param>
    public void Repeated(RequestContext context, string id, AnswerUsage? usage, string how, bool isGone)
    {
        metrics.Idempotent(how);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = id,
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
