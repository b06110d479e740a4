using System.Buffers;
using System.Globalization;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Apis.Responses.Background;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Shows and forgets the responses that are kept.</summary>
internal sealed class ResponsesEndpoints(Authenticator auth, ResponseStore store, BackgroundEndpoints background, ResponsesApi api)
{
    private const int MostItems = 100;

    /// <summary>GET /v1/responses/{id}: the response, or its events if it was made in the background.</summary>
    public Task GetAsync(HttpContext http, string id) => WithAsync(http, id, async (tenant, kept) =>
    {
        var isStream = http.Request.Query["stream"] == "true";
        if ((kept is null || isStream) && await background.ShowAsync(http, tenant, id))
            return;
        if (kept is null)
            await store.NotKept(id, "id", 404).WriteAsync(http);
        else if (isStream)
            throw ApiException.BadRequest("not_a_background_response",
                "Only a response in the background can be streamed again, and this was none. Leave out 'stream'.", "stream");
        else
            await SendAsync(http, kept.Response.Bytes);
    });

    /// <summary>POST /v1/responses/{id}/cancel: one in the background is ended.</summary>
    public Task CancelAsync(HttpContext http, string id) => WithAsync(http, id, async (tenant, kept) =>
    {
        if (await background.CancelAsync(http, tenant, id))
            return;
        throw kept is null
            ? new ApiException(store.NotKept(id, "id", 404))
            : ApiException.BadRequest("not_a_background_response",
                "Only a response in the background can be cancelled, and this was none.", "id");
    });

    /// <summary>DELETE /v1/responses/{id}: it is forgotten.</summary>
    public Task DeleteAsync(HttpContext http, string id) => WithKeptAsync(http, id, async (tenant, _) =>
    {
        await store.DeleteAsync(tenant, id);
        await background.DeleteAsync(tenant, id);
        var output = new ArrayBufferWriter<byte>(128);
        Utf8Text.Write(output, $"{{\"id\":\"{id}\",\"object\":\"response\",\"deleted\":true}}"); // an id that is kept is one of ours
        await SendAsync(http, output.WrittenMemory);
    });

    /// <summary>
    /// GET /v1/responses/{id}/input_items: the items of its request's input, the last one first unless <c>order=asc</c>; at most
    /// <c>limit</c>, 1 to 100, of those behind the one whose id is <c>after</c>.
    /// </summary>
    public Task InputItemsAsync(HttpContext http, string id) => WithKeptAsync(http, id, (_, kept) =>
    {
        var query = http.Request.Query;
        var limit = query["limit"].ToString() is { Length: > 0 } said ? Limit(said) : 20;
        var items = InputItems.Of(id, kept.Input);
        if (query["order"] != "asc")
            items.Reverse();
        var from = query["after"].ToString() is { Length: > 0 } after ? 1 + items.FindIndex(i => i.Id == after) : 0;
        var shown = items.Skip(from).Take(limit).ToList();
        var output = new ArrayBufferWriter<byte>(1024);
        output.Write("{\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < shown.Count; i++)
        {
            output.Write(i > 0 ? ","u8 : []);
            output.Write(shown[i].Json.Span);
        }
        var (first, last) = shown.Count == 0 ? ("null", "null") : ($"\"{shown[0].Id}\"", $"\"{shown[^1].Id}\"");
        var more = from + shown.Count < items.Count ? "true" : "false";
        Utf8Text.Write(output, $"],\"first_id\":{first},\"last_id\":{last},\"has_more\":{more}}}");
        return SendAsync(http, output.WrittenMemory);
    });

    private Task WithKeptAsync(HttpContext http, string id, Func<string, StoredResponse, Task> answer) => WithAsync(http, id,
        (tenant, kept) => kept is null ? store.NotKept(id, "id", 404).WriteAsync(http) : answer(tenant, kept));

    private async Task WithAsync(HttpContext http, string id, Func<string, StoredResponse?, Task> answer)
    {
        http.Features.Set<ClientApi>(api);
        var (caller, refusal) = auth.Identify(http);
        if (refusal != Refusal.None)
        {
            await EdgeErrors.Of(refusal).WriteAsync(http);
            return;
        }
        await answer(caller!.Tenant, await store.GetAsync(caller.Tenant, id));
    }

    private static int Limit(string said) =>
        int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostItems
            ? limit
            : throw ApiException.BadRequest("invalid_value", $"'limit' must be a whole number from 1 to {MostItems}.", "limit");

    private static async Task SendAsync(HttpContext http, ReadOnlyMemory<byte> json)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = json.Length;
        await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }
}
