using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Reads a body once and takes the gateway's field off the client's bytes.</summary>
internal static class RequestReader
{
    private const int First = 64 << 10;
    private static readonly GenerationExtras None = new();

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="EngineRefusalException">It does not begin as a JSON object does.</exception>
    public static async Task<EngineRequest> ReadAsync(HttpRequest http, CancellationToken cancellation)
    {
        // Not pooled: a cancelled call to the engine may still be sending these bytes, and must not send another request's prompt.
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(http.ContentLength ?? First, 1, int.MaxValue));
        var length = 0;
        while (length != http.ContentLength)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, 2 * length);
            var read = await http.Body.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                break;
            length += read;
        }
        return Split(buffer.AsMemory(0, length));
    }

    /// <summary>
    /// Takes the gateway's field, which stands first or is missing, off the client's bytes. It writes to <paramref name="body"/>: the
    /// client's own opening brace is put in the field's place.
    /// </summary>
    /// <exception cref="EngineRefusalException">It does not begin as a JSON object does.</exception>
    public static EngineRequest Split(Memory<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body.Span, isFinalBlock: true, default);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                throw NotJson("it is not an object");
            if (!json.Read() || json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals(GenerationEvents.ExtrasField))
                return new EngineRequest(body, None);
            json.Read();
            var extras = JsonSerializer.Deserialize(ref json, WireJson.Default.GenerationExtras) ?? None;
            var rest = body[(int)json.BytesConsumed..];
            var comma = rest.Span.IndexOfAnyExcept(" \t\r\n"u8);
            if (comma < 0 || rest.Span[comma] is not ((byte)',' or (byte)'}'))
                throw NotJson("the gateway's field does not end");
            if (rest.Span[comma] == ',')
                rest.Span[comma] = (byte)'{';
            else
                (comma, rest) = (0, "{}"u8.ToArray());
            return new EngineRequest(rest[comma..], extras);
        }
        catch (JsonException fault)
        {
            throw NotJson(fault.Message);
        }
    }

    private static EngineRefusalException NotJson(string why) => new(400, "invalid_json", $"The body is not a JSON object: {why}");
}
