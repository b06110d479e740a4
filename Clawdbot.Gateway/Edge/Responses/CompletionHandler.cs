using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Has an admitted request answered, and sends an error when that fails.</summary>
internal sealed class CompletionHandler(FailoverServices failover, AdmissionQueue admission, RequestAccounting accounting)
{
    /// <summary>Answers one request, and records its end.</summary>
    /// <param name="http">The client's connection.</param>
    /// <param name="context">The request.</param>
    /// <param name="client">Cancelled when no client wants the answer any more.</param>
    /// <returns>Tokens counted for the answer; null when it is not whole, or the request has no idempotency key.</returns>
    public async Task<AnswerUsage?> HandleAsync(HttpContext http, RequestContext context, CancellationToken client)
    {
        var (request, response) = (context.Request, context.Response);
        var details = new FailoverDetails(context.History, response, context.Options.Details);
        http.Response.Headers[EdgeHeaders.RequestId] = response.Id;
        IResponseWriter writer = request.Stream && !context.ProcessShape
            ? new SseResponseWriter(http.Response, request, response, details)
            : new JsonResponseWriter(http.Response, request, response, details, context.ProcessShape);

        var end = context.End = await failover.RunAsync(context, writer, client);
        context.Quota?.Used(response.PromptTokens, response.Tokens);
        var error = EdgeErrors.Of(end, admission);
        accounting.Ended(context, error, writer.IsCommitted ? response.Tokens : 0);
        if (error is null)
        {
            return end.Reason == EndReason.Completed && context.Idempotent is not null
                ? new AnswerUsage(response.PromptTokens, response.Tokens)
                : null;
        }

        // After the commit the error is an event of the stream, without [DONE] after it.
        if (writer is SseResponseWriter { IsCommitted: true } stream)
        {
            RequestTrace.BrokeOff(error.Code, response.Tokens);
            await stream.BreakAsync(error, client);
        }
        else
            await error.WriteAsync(http);
        return null;
    }
}
