using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge;

/// <summary>Has an admitted request answered, and says what could not be.</summary>
internal sealed class CompletionHandler(
    FailoverLoop failover, AdmissionQueue admission, FailoverLog failovers, RequestAccounting accounting, GatewayMetrics metrics, Random random, TimeProvider time)
{
    /// <param name="http">Where the answer goes.</param>
    /// <param name="admitted">The request.</param>
    /// <param name="client">Cancelled when nobody wants it any more.</param>
    /// <returns>What it was counted as; null when it is not whole.</returns>
    public async Task<AnswerUsage?> HandleAsync(HttpContext http, AdmittedRequest admitted, CancellationToken client)
    {
        var asked = admitted.Asked;
        var served = Begin(asked);
        var (response, request) = (served.Response, served.Request);
        var details = new FailoverDetails(served.History, response, asked.Options.Details);
        http.Response.Headers[EdgeHeaders.RequestId] = response.Id;
        IResponseWriter writer = request.Stream && !asked.ProcessShape
            ? new SseResponseWriter(http.Response, request, response, details)
            : new JsonResponseWriter(http.Response, request, response, details, asked.ProcessShape);

        // Failover owns the request until it is answered.
        var end = await failover.RunAsync(request, response, writer, served.History, new Wishes(asked.Options.Continue, admitted.Within), client);
        admitted.QuotaUse?.Used(response.PromptTokens, response.Tokens);

        // What could not be answered is told as an error, before or after the commit.
        var error = end.Kind is EndKind.Completed or EndKind.ClientGone ? null : EdgeErrors.Of(end, admission.RetryAfterSeconds());
        accounting.Ended(served, end, error, writer.IsCommitted ? response.Tokens : 0);
        if (error is null)
            return end.Kind == EndKind.Completed && asked.Idempotent is not null ? new AnswerUsage(response.PromptTokens, response.Tokens) : null;
        if (writer is not SseResponseWriter { IsCommitted: true } stream)
        {
            await error.WriteAsync(http);
            return null;
        }
        RequestTrace.BrokeOff(error.Code, response.Tokens);
        await stream.BreakAsync(error, client);
        return null;
    }

    private ServedRequest Begin(AskedRequest asked)
    {
        var response = new ResponseState($"chatcmpl-{NextId()}", time.GetUtcNow(), asked.Generation,
            asked.Generation.HasSeed ? null : NextSeed());
        var served = new ServedRequest(asked, response, new AttemptHistory(failovers));
        response.Began = () =>
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
