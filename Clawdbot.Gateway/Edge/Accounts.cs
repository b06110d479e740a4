using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Ledger;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge;

/// <summary>Tells metrics, trace and ledger of a request that is over.</summary>
internal sealed class Accounts(RequestLedger ledger, GatewayMetrics metrics, TimeProvider time)
{
    /// <param name="served">The request.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="error">What the client is told; null when nothing has to be.</param>
    /// <param name="delivered">Tokens that the client was sent.</param>
    public void Ended(ServedRequest served, RequestEnd end, ApiError? error, int delivered)
    {
        var (request, journal, story) = (served.Request, served.Journal, served.Story);
        var (result, elapsed) = (Result(end.Kind), time.GetElapsedTime(served.Asked.Began));
        metrics.RequestEnded(result, request.Stream, journal.Tokens, elapsed);
        metrics.TokensUsed(journal.PromptTokens, journal.Tokens);
        RequestTrace.Ended(request.Model, journal.Id, result, story.Attempts, journal.PromptTokens, journal.Tokens);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = journal.Id,
            Tenant = served.Asked.Terms.Caller.Tenant,
            Model = request.Model,
            Stream = request.Stream,
            Result = result,
            Code = error?.Code,
            PromptTokens = journal.PromptTokens,
            CompletionTokens = delivered,
            IsApproximate = journal.IsApproximate,
            Duration = elapsed,
            FirstToken = served.FirstToken,
            Attempts = story.Records,
            Failovers = story.Failovers,
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
            Tenant = asked.Terms.Caller.Tenant,
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
