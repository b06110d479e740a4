using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Edge.Bodies;
using Clawdbot.Gateway.Edge.Models;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>Reads a request's body and makes its <see cref="RequestContext"/>.</summary>
internal sealed class RequestReader(
    BodyReader bodies, ModelDirectory models, FailoverLog failovers, Random random, TimeProvider time)
{
    private readonly Func<string> _anyModel = models.Default;

    /// <summary>Reads a request, and makes the body of a chat request of it.</summary>
    /// <exception cref="ApiException">The body is not JSON, too large or not of that form; or memory and disk are full.</exception>
    public async Task<(RequestBody Chat, ApiCall Call)> ReadAsync(
        HttpRequest request, ClientApi api, RequestOptions options, CancellationToken client)
    {
        RequestHeaders.RequireJson(request);
        var body = await bodies.ReadAsync(request, client);
        var isChat = false;
        try
        {
            var call = await api.ReadAsync(WithoutMark(body.Bytes), options, _anyModel);
            isChat = call.Chat.Count == 0;
            return (isChat ? body : await bodies.JoinAsync(call.Chat, client), call);
        }
        finally
        {
            if (!isChat)
                body.Dispose();
        }
    }

    /// <summary>Makes the one object of the request.</summary>
    /// <exception cref="ApiException">The body is not a chat request; the error says where.</exception>
    public RequestContext ToContext(RequestBody body, RequestOptions options, ClientApi api, long arrivedAt) =>
        ToContext(ChatScan.Read(WithoutMark(body.Bytes), models), options, api.Name, Draw(api.IdPrefix), arrivedAt);

    /// <summary>Reads a request that is kept, and makes its context and the body of a chat request.</summary>
    /// <param name="kept">The body as the client sent it.</param>
    /// <param name="options">What its headers asked for.</param>
    /// <param name="api">The form in which it came.</param>
    /// <param name="answer">Id, date and seed that its answer has.</param>
    /// <exception cref="ApiException">What it needs is not there any more; or memory and disk are full.</exception>
    public async Task<(RequestBody Chat, ApiCall Call, RequestContext Context)> AgainAsync(
        ReadOnlyMemory<byte> kept, RequestOptions options, ClientApi api, AnswerOrigin answer)
    {
        var call = await api.ReadAsync(WithoutMark(kept), options, _anyModel);
        var body = await bodies.JoinAsync(call.Chat, CancellationToken.None);
        return (body, call, ToContext(ChatScan.Read(body.Bytes, models), options, api.Name, answer, time.GetTimestamp()));
    }

    private RequestContext ToContext(
        GenerationRequest request, RequestOptions options, string api, AnswerOrigin answer, long arrivedAt) => new()
    {
        Request = request,
        Options = options,
        Api = api,
        ArrivedAt = arrivedAt,
        BodyReadAt = time.GetTimestamp(),
        Response = new ResponseState(answer.Id, answer.Created, request, request.HasSeed ? null : answer.Seed),
        History = new AttemptHistory(failovers),
    };

    /// <summary>The body without a byte order mark, which some programs write before JSON.</summary>
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;

    private AnswerOrigin Draw(string prefix)
    {
        Span<byte> bytes = stackalloc byte[12];
        random.NextBytes(bytes);
        return new AnswerOrigin($"{prefix}{Convert.ToHexStringLower(bytes)}", time.GetUtcNow(), random.NextInt64());
    }
}
