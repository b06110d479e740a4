using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Edge.Apis.Responses;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Models;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge;

/// <summary>
/// The whole path of a request, from top to bottom: who asks, what is asked, whether it has been answered before, its place in the fleet,
/// its answer.
/// </summary>
internal sealed class RequestPath(
    RequestSteps steps, ModelDirectory models, GatewayMetrics metrics, IOptions<EdgeOptions> edge, TimeProvider time)
{
    private readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(edge.Value.KeepAliveSeconds);

    /// <summary>Answers a request that came in the form of <paramref name="api"/>.</summary>
    public async Task ServeAsync(HttpContext http, ClientApi api)
    {
        http.Features.Set(api); // its errors have its shape, whoever writes them
        var client = http.RequestAborted;
        RequestBody? body = null;
        ClientResponse? response = null;
        try
        {
            // 1. Auth: from headers alone, before a byte of the body.
            var (caller, refusal) = steps.Auth.Identify(http);
            if (refusal != Refusal.None)
            {
                var error = EdgeErrors.Of(refusal);
                metrics.Rejected(error.Code);
                await error.WriteAsync(http);
                return;
            }

            // 2. Edge: what the headers and the body ask for. From here on the request is one object.
            var (options, arrivedAt) = (RequestHeaders.Read(http.Request, caller!), time.GetTimestamp());
            (body, var call) = await steps.Reader.ReadAsync(http.Request, api, options, client);
            var context = steps.Reader.ToContext(body, options, api, arrivedAt);
            response = Open(http, context, call);
            if (models.Unknown(context.Request) is { } unknown)
                await RefuseAsync(response, unknown);

            // One in the background passes the same steps, and its client may leave meanwhile.
            else if (call is ResponsesCall { InBackground: true } inBackground)
                await steps.Background.BeginAsync(http, context, inBackground);

            // 3. Idempotency: the same request again, by its key, is answered once.
            else if (options.IdempotencyKey is null)
                await AnswerAsync(response, context, client);
            else
                await steps.Idempotency.ServeAsync(response, context, wanted => AnswerAsync(response, context, wanted));
        }
        catch (ApiException bad)
        {
            metrics.Rejected(bad.Error.Code);
            await (response?.ErrorAsync(bad.Error) ?? bad.Error.WriteAsync(http));
        }
        catch (OperationCanceledException) when (client.IsCancellationRequested)
        {
            // The client left, so nothing is sent.
        }
        catch (Exception fault) when (fault is not BadHttpRequestException && !client.IsCancellationRequested)
        {
            metrics.Rejected(ApiError.Internal);
            if (response is { HasBegun: true })
                await response.ErrorAsync(ErrorPages.Internal);
            throw; // ErrorPages logs it, and answers where nothing is sent yet
        }
        finally
        {
            response?.Dispose();
            body?.Dispose();
        }
    }

    /// <summary>Answers a request that was read and is wanted, whoever waits for the answer.</summary>
    public async Task<AnswerUsage?> AnswerAsync(ClientResponse response, RequestContext context, CancellationToken wanted)
    {
        // 4. Quota: within the tenant's limits.
        var quota = await steps.Quotas.EnterAsync(context.Options.Caller, context.Request.Prompt, context.Request.MaxTokens);
        using var use = context.Quota = quota.QuotaUse;
        QuotaAnswer.WriteHeaders(response, quota);
        if (QuotaAnswer.Excess(quota) is { } exceeded)
            return await RefuseAsync(response, exceeded);

        // 5. Admission: a place in the fleet, held to the last byte.
        var admitted = await steps.Admission.EnterAsync(context.ForAdmission(time), wanted);
        if (EdgeErrors.Of(admitted) is { } turnedAway)
            return await RefuseAsync(response, turnedAway);
        (context.Lease, context.Queued) = (admitted.Lease, context.Options.Details ? time.GetElapsedTime(context.BodyReadAt) : null);
        try
        {
            // 6. Failover: routing and forwarding, as often as it takes.
            return admitted.Outcome == AdmissionOutcome.Admitted ? await steps.Completion.HandleAsync(response, context, wanted) : null;
        }
        finally
        {
            context.Lease?.Dispose();
        }
    }

    private ClientResponse Open(HttpContext http, RequestContext context, ApiCall call)
    {
        // HTTP/1.0 can't tell an answer that was cut from a whole one, so that its errors need their status.
        var keepAlive = context.Options.KeepAlive && !HttpProtocol.IsHttp10(http.Request.Protocol) ? _keepAlive : TimeSpan.Zero;
        return new ClientResponse(http, context.Response.Id, context.Request.Stream, keepAlive, time)
        {
            Call = call,
            Timing = context.Options.Details ? () => ServerTiming.Of(context) : null,
        };
    }

    private async Task<AnswerUsage?> RefuseAsync(ClientResponse response, ApiError error)
    {
        metrics.Rejected(error.Code);
        await response.ErrorAsync(error);
        return null;
    }
}
