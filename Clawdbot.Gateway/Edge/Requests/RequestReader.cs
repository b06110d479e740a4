using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>Reads a request's body and makes its <see cref="RequestContext"/>.</summary>
internal sealed class RequestReader(
    BodyReader bodies, AdmissionQueue admission, ReplicaTable table, FailoverLog failovers, Random random, TimeProvider time)
{
    /// <summary>Reads the body of a chat request; the form of <c>/api/process</c> is turned into one.</summary>
    /// <exception cref="ApiException">The body is not JSON, too large or not such a form; or memory and disk are full.</exception>
    public async Task<RequestBody> ReadAsync(HttpRequest request, bool processShape, CancellationToken client)
    {
        RequestHeaders.RequireJson(request);
        var body = await bodies.ReadAsync(request, client);
        if (!processShape)
            return body;
        using (body)
            return await bodies.JoinAsync(ProcessRequest.ToChat(body.Bytes, AnyModel()), client);
    }

    /// <summary>Makes the one object of the request.</summary>
    /// <exception cref="ApiException">The body is not a chat request; the error says where.</exception>
    public RequestContext ToContext(RequestBody body, RequestOptions options, bool processShape, long arrivedAt)
    {
        var request = ChatScan.Read(body.Bytes);
        var (id, seed) = Draw();
        return new RequestContext
        {
            Request = request,
            Options = options,
            ProcessShape = processShape,
            ArrivedAt = arrivedAt,
            BodyReadAt = time.GetTimestamp(),
            Response = new ResponseState(id, time.GetUtcNow(), request, request.HasSeed ? null : seed),
            History = new AttemptHistory(failovers),
        };
    }

    /// <summary>The model for the form of <c>/api/process</c>, which names none: the first that is served.</summary>
    private string AnyModel() => table.Current.Models is [var first, ..]
        ? first
        : throw new ApiException(EdgeErrors.NoReplica(admission.RetryAfterSeconds()));

    private (string Id, long Seed) Draw()
    {
        Span<byte> bytes = stackalloc byte[12];
        random.NextBytes(bytes);
        return ($"chatcmpl-{Convert.ToHexStringLower(bytes)}", random.NextInt64());
    }
}
