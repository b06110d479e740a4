using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>POST /v1/responses: OpenAI's newer form, the default one of its SDKs.</summary>
internal sealed class ResponsesApi(ResponseStore store, IOptions<EdgeOptions> edge) : ClientApi
{
    /// <inheritdoc/>
    public override string Name => "responses";

    /// <inheritdoc/>
    public override string IdPrefix => "resp_";

    /// <inheritdoc/>
    public override async ValueTask<ApiCall> ReadAsync(ReadOnlyMemory<byte> body, RequestOptions options, Func<string> anyModel)
    {
        var fields = RawJson.Document(body);
        var tenant = options.Caller.Tenant;
        var previous = fields.TryGetValue("previous_response_id", out var id)
            ? id.Text("previous_response_id", ResponseStore.LongestId)
            : null;
        var before = await store.ConversationAsync(tenant, previous, edge.Value.MaxBodyBytes);
        var referred = new ReferredItems(store, tenant);
        if (fields.TryGetValue("input", out var input))
            await referred.LoadAsync(input);
        var isKept = store.IsOn && (!fields.TryGetValue("store", out var keep) || keep.Flag("store"));
        var inBackground = fields.TryGetValue("background", out var flag) && flag.Flag("background");
        if (inBackground && !isKept)
        {
            throw ApiException.BadRequest("unsupported_parameter", store.IsOn
                ? "A response in the background is always kept. Leave out 'store', or send it as true."
                : "No responses are kept here (Responses:KeepSeconds is 0), so that none can be in the background.", "background");
        }
        return new ResponsesCall(ResponsesRequest.Echo(fields))
        {
            InBackground = inBackground,
            Body = inBackground ? body.ToArray() : default, // it outlives the request
            Chat = ResponsesRequest.ToChat(fields, before, referred, anyModel),
            Previous = previous,
            Keep = isKept ? Keeper(tenant, previous, referred.Resolve(input)) : null, // in bytes of its own: the body is gone by then
        };
    }

    private Func<string, RawJson, ValueTask<bool>> Keeper(string tenant, string? previous, RawJson input) =>
        (id, response) => store.PutAsync(tenant, id, new StoredResponse(previous, input, response));
}
