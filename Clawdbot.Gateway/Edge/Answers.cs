using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge;

/// <summary>Has an admitted request answered, and says what could not be.</summary>
internal sealed class Answers(
    FailoverLoop failover, AdmissionQueue admission, FailoverLog failovers, Accounts accounts, GatewayMetrics metrics, Random random, TimeProvider time)
{
    /// <param name="http">Where the answer goes.</param>
    /// <param name="admitted">The request.</param>
    /// <param name="client">Cancelled when nobody wants it any more.</param>
    /// <returns>What it was counted as; null when it is not whole.</returns>
    public async Task<AnswerUsage?> AnswerAsync(HttpContext http, AdmittedRequest admitted, CancellationToken client)
    {
        var asked = admitted.Asked;
        var served = Begin(asked);
        var (journal, request) = (served.Journal, served.Request);
        var details = new Details(served.Story, journal, asked.Terms.Details);
        http.Response.Headers[EdgeHeaders.RequestId] = journal.Id;
        IAnswer answer = request.Stream && !asked.ProcessShape
            ? new StreamedAnswer(http.Response, request, journal, details)
            : new FoldedAnswer(http.Response, request, journal, details, asked.ProcessShape);

        // Failover owns the request until it is answered.
        var end = await failover.RunAsync(request, journal, answer, served.Story, new Wishes(asked.Terms.Continue, admitted.Within), client);
        admitted.Stay?.Used(journal.PromptTokens, journal.Tokens);

        // What could not be answered is told as an error, before or after the commit.
        var error = end.Kind is EndKind.Completed or EndKind.ClientGone ? null : EdgeErrors.Of(end, admission.RetryAfterSeconds());
        accounts.Ended(served, end, error, answer.IsCommitted ? journal.Tokens : 0);
        if (error is null)
            return end.Kind == EndKind.Completed && asked.Idempotent is not null ? new AnswerUsage(journal.PromptTokens, journal.Tokens) : null;
        if (answer is not StreamedAnswer { IsCommitted: true } stream)
        {
            await error.WriteAsync(http);
            return null;
        }
        RequestTrace.BrokeOff(error.Code, journal.Tokens);
        await stream.BreakAsync(error, client);
        return null;
    }

    private ServedRequest Begin(AskedRequest asked)
    {
        var journal = new Journal($"chatcmpl-{NextId()}", time.GetUtcNow(), asked.Generation, asked.Generation.HasSeed ? null : NextSeed());
        var served = new ServedRequest(asked, journal, new Story(failovers));
        journal.Began = () =>
        {
            served.FirstToken = time.GetElapsedTime(asked.Began);
            metrics.FirstToken(served.FirstToken.Value, asked.Generation.Stream);
        };
        return served;
    }

    private string NextId()
    {
        Span<byte> bytes = stackalloc byte[12];
        lock (random)
            random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private long NextSeed()
    {
        lock (random)
            return random.NextInt64();
    }
}
