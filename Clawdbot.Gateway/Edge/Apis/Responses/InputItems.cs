using System.Buffers;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>The items of an input, each with an id.</summary>
internal static class InputItems
{
    /// <summary>The items.</summary>
    /// <param name="response">Id of the response.</param>
    /// <param name="input">The input of its request.</param>
    public static List<(string Id, ReadOnlyMemory<byte> Json)> Of(string response, RawJson input)
    {
        var stem = ResponseObject.StemOf(response);
        if (input.IsText)
            return [Text($"msg_{stem}_in0", input)];
        return [.. input.Items("input", ResponsesMessages.MostItems).Select((item, i) => Item($"msg_{stem}_in{i}", item))];
    }

    private static (string, ReadOnlyMemory<byte>) Text(string id, RawJson text)
    {
        var output = new ArrayBufferWriter<byte>(text.Bytes.Length + 128);
        Utf8Text.Write(output, $"{{\"id\":\"{id}\",\"type\":\"message\",\"role\":\"user\",\"status\":\"completed\"");
        output.Write(",\"content\":[{\"type\":\"input_text\",\"text\":"u8);
        output.Write(text.Bytes.Span);
        output.Write("}]}"u8);
        return (id, output.WrittenMemory);
    }

    /// <summary>An item as it came, with an id and a type where it has none.</summary>
    private static (string, ReadOnlyMemory<byte>) Item(string id, RawJson item)
    {
        var fields = item.Fields("input");
        var own = fields.TryGetValue("id", out var said) && said.IsText ? said.Text("id", 256) : null;
        var output = new ArrayBufferWriter<byte>(item.Bytes.Length + 128);
        output.Write("{"u8);
        if (own is null)
            Utf8Text.Write(output, $"\"id\":\"{id}\",");
        if (!fields.ContainsKey("type"))
            output.Write("\"type\":\"message\","u8);
        output.Write(item.Inside.Span); // an item has at least a role or a type, so that something follows the comma
        output.Write("}"u8);
        return (own is null ? id : System.Text.Json.JsonEncodedText.Encode(own).ToString(), output.WrittenMemory);
    }
}
