using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>
/// Items of earlier responses that an input only names by their ids: some SDKs do so wherever responses are kept. An item's id holds that
/// of its response.
/// </summary>
internal sealed class ReferredItems(ResponseStore store, string tenant)
{
    /// <summary>Most responses whose items one request may name.</summary>
    private const int MostResponses = 256;

    private readonly Dictionary<string, RawJson> _items = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Loads what an input names.</summary>
    /// <exception cref="ApiException">It names items of too many responses.</exception>
    public async Task LoadAsync(RawJson input)
    {
        if (!input.IsArray)
            return;
        foreach (var item in input.Items("input", ResponsesMessages.MostItems))
        {
            if (!item.IsObject || IdOf(item.Fields("input")) is not { } id || ResponseOf(id) is not { } response || !_asked.Add(response))
                continue;
            if (_asked.Count > MostResponses)
            {
                throw ApiException.BadRequest("too_many_items",
                    $"'input' names items of more than {MostResponses} responses. Send the items themselves.", "input");
            }
            if (await store.GetAsync(tenant, response) is { } kept)
                Add(kept);
        }
    }

    /// <summary>An input with the items in place of their names, in bytes of its own.</summary>
    public RawJson Resolve(RawJson input)
    {
        if (_asked.Count == 0)
            return new RawJson(input.Bytes.ToArray());
        var output = new ArrayBufferWriter<byte>(input.Bytes.Length + 1024);
        var between = "["u8.ToArray();
        foreach (var item in input.Items("input", ResponsesMessages.MostItems))
        {
            output.Write(between);
            between = [(byte)','];
            output.Write(item.IsObject && IdOf(item.Fields("input")) is { } id && _items.TryGetValue(id, out var named)
                ? named.Bytes.Span
                : item.Bytes.Span);
        }
        output.Write("]"u8);
        return new RawJson(output.WrittenMemory);
    }

    /// <summary>The item of an id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="at">Where it is named.</param>
    /// <exception cref="ApiException">It is not kept.</exception>
    public RawJson Find(string id, string at) => _items.TryGetValue(id, out var item)
        ? item
        : throw ApiException.BadRequest("item_not_found", $"'{at}' names an item that is not kept here. Send the item itself.", at);

    private void Add(StoredResponse kept)
    {
        foreach (var item in kept.Output.Items("output", ResponsesMessages.MostItems))
            _items[item.Fields("output")["id"].Text("id", ResponseStore.LongestId)] = item;
    }

    private static string? IdOf(Dictionary<string, RawJson> item) =>
        item.TryGetValue("type", out var type) && type.IsText && type.Text("type", 64) == "item_reference"
        && item.TryGetValue("id", out var id) && id.IsText ? id.Text("id", 256) : null;

    /// <summary>The response of an item, by the item's id: kind, the response's own part, number.</summary>
    private static string? ResponseOf(string item) => item.Split('_') is [_, { Length: > 0 } stem, _] ? $"resp_{stem}" : null;
}
