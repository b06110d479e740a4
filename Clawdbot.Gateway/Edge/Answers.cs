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
    public async Task AnswerAsync(HttpContext http, AdmittedRequest admitted, CancellationToken client)
    {
        var served = Begin(admitted);
        var (journal, request) = (served.Journal, served.Request);
        var details = new Details(served.Story, journal, admitted.Terms.Details);
        http.Response.Headers[EdgeHeaders.RequestId] = journal.Id;
        IAnswer answer = request.Stream && !admitted.ProcessShape
            ? new StreamedAnswer(http.Response, request, journal, details)
            : new FoldedAnswer(http.Response, request, journal, details, admitted.ProcessShape);

        // Failover owns the request until it is answered.
        var end = await failover.RunAsync(request, journal, answer, served.Story, new Wishes(admitted.Terms.Continue, admitted.Within), client);
        admitted.Stay?.Used(journal.PromptTokens, journal.Tokens);

        // What could not be answered is told as an error, before or after the commit.
        var error = end.Kind is EndKind.Completed or EndKind.ClientGone ? null : EdgeErrors.Of(end, admission.RetryAfterSeconds());
        accounts.Ended(served, end, error, answer.IsCommitted ? journal.Tokens : 0);
        if (error is null)
            return;
        if (answer is not StreamedAnswer { IsCommitted: true } stream)
        {
            await error.WriteAsync(http);
            return;
        }
        RequestTrace.BrokeOff(error.Code, journal.Tokens);
        await stream.BreakAsync(error, client);
    }

    private ServedRequest Begin(AdmittedRequest admitted)
    {
        var journal = new Journal($"chatcmpl-{NextId()}", time.GetUtcNow(), admitted.Generation, admitted.Generation.HasSeed ? null : NextSeed());
        var served = new ServedRequest(admitted, journal, new Story(failovers));
        journal.Began = () =>
        {
            served.FirstToken = time.GetElapsedTime(admitted.Began);
            metrics.FirstToken(served.FirstToken.Value, admitted.Generation.Stream);
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
