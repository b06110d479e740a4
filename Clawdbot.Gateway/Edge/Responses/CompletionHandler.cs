using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Has an admitted request answered, and sends an error when that fails.</summary>
internal sealed class CompletionHandler(FailoverServices failover, AdmissionQueue admission, RequestAccounting accounting)
{
    /// <summary>Answers one request, and records its end.</summary>
    /// <param name="client">The response.</param>
    /// <param name="context">The request.</param>
    /// <param name="wanted">Cancelled when no client wants the answer any more.</param>
    /// <returns>Tokens counted for the answer; null when it is not whole, or the request has no idempotency key.</returns>
    public async Task<AnswerUsage?> HandleAsync(ClientResponse client, RequestContext context, CancellationToken wanted)
    {
        var response = context.Response;
        var details = new FailoverDetails(context.History, response, context.Options.Details);
        var writer = client.Call.Writer(client, context, details);

        var end = context.End = await failover.RunAsync(context, writer, wanted);
        context.Quota?.Used(response.PromptTokens, response.Tokens);
        var error = EdgeErrors.Of(end, admission);
        accounting.Ended(context, error, writer.IsCommitted ? response.Tokens : 0);
        if (error is null)
        {
            return end.Reason == EndReason.Completed && context.Idempotent is not null
                ? new AnswerUsage(response.PromptTokens, response.Tokens)
                : null;
        }
        await client.ErrorAsync(error, response.Tokens);
        return null;
    }
}
