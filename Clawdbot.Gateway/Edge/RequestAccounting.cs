using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge;

/// <summary>Tells metrics, trace and ledger of a request that is over.</summary>
internal sealed class RequestAccounting(RequestLedger ledger, GatewayMetrics metrics, TimeProvider time)
{
    /// <param name="served">The request.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="error">What the client is told; null when nothing has to be.</param>
    /// <param name="delivered">Tokens that the client was sent.</param>
    public void Ended(ServedRequest served, RequestEnd end, ApiError? error, int delivered)
    {
        var (request, response, history) = (served.Request, served.Response, served.History);
        var (result, elapsed) = (Result(end.Kind), time.GetElapsedTime(served.Asked.Began));
        metrics.RequestEnded(result, request.Stream, response.Tokens, elapsed);
        metrics.TokensUsed(response.PromptTokens, response.Tokens);
        RequestTrace.Ended(request.Model, response.Id, result, history.Attempts, response.PromptTokens, response.Tokens);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = response.Id,
            Tenant = served.Asked.Options.Caller.Tenant,
            Model = request.Model,
            Stream = request.Stream,
            Result = result,
            Code = error?.Code,
            PromptTokens = response.PromptTokens,
            CompletionTokens = delivered,
            IsApproximate = response.IsApproximate,
            Duration = elapsed,
            FirstToken = served.FirstToken,
            Attempts = history.Records,
            Failovers = history.Failovers,
            Idempotent = served.Asked.Idempotent,
        });
    }

    /// <summary>A request had an answer that another one made.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="id">The answer's.</param>
    /// <param name="usage">What the answer was counted as; null when it is not whole.</param>
    /// <param name="how">How it came by it.</param>
    /// <param name="isGone">Its client left before the end.</param>
    public void Repeated(AskedRequest asked, string id, AnswerUsage? usage, string how, bool isGone)
    {
        metrics.Idempotent(how);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = id,
            Tenant = asked.Options.Caller.Tenant,
            Model = asked.Generation.Model,
            Stream = asked.Generation.Stream,
            Result = isGone ? "client_gone" : usage is null ? "failed" : "completed",
            PromptTokens = usage?.PromptTokens ?? 0,
            CompletionTokens = usage?.CompletionTokens ?? 0,
            Duration = time.GetElapsedTime(asked.Began),
            Idempotent = how,
        });
    }

    private static string Result(EndKind kind) => kind switch
    {
        EndKind.Completed => "completed",
        EndKind.ClientGone => "client_gone",
        EndKind.Refused => "refused",
        _ => "failed",
    };
}
