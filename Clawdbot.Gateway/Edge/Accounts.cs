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
        var (result, elapsed) = (Result(end.Kind), time.GetElapsedTime(served.Admitted.Began));
        metrics.RequestEnded(result, request.Stream, journal.Tokens, elapsed);
        metrics.TokensUsed(journal.PromptTokens, journal.Tokens);
        RequestTrace.Ended(request.Model, journal.Id, result, story.Attempts, journal.PromptTokens, journal.Tokens);
        if (!ledger.IsKept)
            return;
        ledger.Add(new LedgerEntry
        {
            At = time.GetUtcNow(),
            Id = journal.Id,
            Tenant = served.Admitted.Terms.Caller.Tenant,
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
