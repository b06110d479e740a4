using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Idempotency;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge;

/// <summary>
/// The whole path of a request, from top to bottom: auth, body, admission, and <see cref="CompletionHandler"/>: failover (which routes and forwards), errors.
/// </summary>
internal sealed class RequestPath(
    Authenticator auth, BodyReader bodies, IdempotentPath repeats, TenantQuotas quotas, AdmissionQueue admission, CompletionHandler handler, ReplicaTable table,
    GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>POST /v1/chat/completions.</summary>
    public Task ChatAsync(HttpContext http) => ServeAsync(http, processShape: false);

    /// <summary>POST /api/process.</summary>
    public Task ProcessAsync(HttpContext http) => ServeAsync(http, processShape: true);

    private async Task ServeAsync(HttpContext http, bool processShape)
    {
        var client = http.RequestAborted;
        RequestBody? body = null;
        try
        {
            // Auth: from headers alone, before a byte of the body.
            var (caller, refused) = auth.Identify(http);
            EdgeErrors.ThrowIfRefused(refused);
            var options = RequestOptions.Read(http.Request, caller!);
            var arrived = time.GetTimestamp();

            // Edge: the body, and what routing needs of it.
            RequestHeaders.RequireJson(http.Request);
            body = await bodies.ReadAsync(http.Request, client);
            if (processShape)
                body = await ToChatAsync(body, client);
            var asked = new AskedRequest(ChatScan.Read(body.Bytes), options, processShape, arrived, time.GetTimestamp());
            EdgeErrors.ThrowIfUnknown(asked.Generation.Model, table.Current);

            // The same again, by its key, is answered once.
            if (options.IdempotencyKey is null)
                await AnswerAsync(http, asked, client);
            else
                await repeats.ServeAsync(http, asked, wanted => AnswerAsync(http, asked, wanted));
        }
        catch (ApiException refusal)
        {
            metrics.Rejected(refusal.Error.Code);
            await refusal.Error.WriteAsync(http);
        }
        catch (OperationCanceledException) when (client.IsCancellationRequested)
        {
            // The client left: there is nobody to tell.
        }
        catch (Exception fault) when (fault is not BadHttpRequestException && !client.IsCancellationRequested)
        {
            metrics.Rejected(ApiError.Internal);
            throw; // ErrorPages answers and logs it
        }
        finally
        {
            body?.Dispose();
        }
    }

    private async Task<AnswerUsage?> AnswerAsync(HttpContext http, AskedRequest asked, CancellationToken client)
    {
        // Admission: within the tenant's limits, and a lease, held to the last byte.
        var quota = await quotas.EnterAsync(asked.Options.Caller, asked.Generation.Prompt, asked.Generation.MaxTokens);
        using var quotaUse = quota.QuotaUse;
        QuotaAnswer.WriteHeaders(http.Response, quota);
        QuotaAnswer.ThrowIfExceeded(quota);
        var decision = await admission.EnterAsync(asked.Options.Admission(time.GetElapsedTime(asked.Arrived)), client);
        EdgeErrors.ThrowIfNot(decision);
        using var lease = decision.Lease;
        return lease is null ? null : await handler.HandleAsync(http, new AdmittedRequest(asked, asked.Options.Left(time.GetElapsedTime(asked.Arrived)), quotaUse), client);
    }

    private async Task<RequestBody> ToChatAsync(RequestBody form, CancellationToken client)
    {
        using (form)
            return await bodies.JoinAsync(ProcessRequest.ToChat(form.Bytes, AnyModel()), client);
    }

    /// <summary>The form of <c>/api/process</c> names no model: the first that is served, then.</summary>
    private string AnyModel() => table.Current.All.Select(r => r.Model).FirstOrDefault(m => m is not null)
        ?? throw EdgeErrors.NoReplica(admission.RetryAfterSeconds());
}
