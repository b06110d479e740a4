using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>A response as the store keeps it: enough to show it again, and to go on from it.</summary>
/// <param name="Previous">Id of the response that it went on from; null where it began a conversation.</param>
/// <param name="Input">The input of its request, a text or a list of items.</param>
/// <param name="Response">The response, as its client got it.</param>
internal sealed record StoredResponse(string? Previous, RawJson Input, RawJson Response)
{
    /// <summary>Its output, a list of items.</summary>
    public RawJson Output => Response.Fields("response")["output"];

    /// <summary>The bytes to keep.</summary>
    public byte[] Pack()
    {
        var output = new ArrayBufferWriter<byte>(Input.Bytes.Length + Response.Bytes.Length + 128);
        Utf8Text.Write(output, $"{{\"previous\":{(Previous is null ? "null" : $"\"{Previous}\"")},\"input\":");
        output.Write(Input.Bytes.Span);
        output.Write(",\"response\":"u8);
        output.Write(Response.Bytes.Span);
        output.Write("}"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads what was kept; null when it is no response, or an older one that lacks something.</summary>
    public static StoredResponse? Unpack(ReadOnlyMemory<byte> packed)
    {
        try
        {
            var fields = RawJson.Document(packed);
            var previous = fields.TryGetValue("previous", out var id) ? id.Text("previous", ResponseStore.LongestId) : null;
            return fields.TryGetValue("input", out var input) && fields.TryGetValue("response", out var response)
                && response.IsObject && response.Fields("").ContainsKey("output")
                    ? new StoredResponse(previous, input, response)
                    : null;
        }
        catch (ApiException)
        {
            return null; // another version of the gateway may have written it
        }
    }
}
