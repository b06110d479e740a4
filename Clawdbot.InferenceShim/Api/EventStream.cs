using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Writes server-sent events to a response, each flushed at once.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly HttpResponse _response;
    private readonly Utf8JsonWriter _json;

    public EventStream(HttpResponse response)
    {
        _response = response;
        // The peer is a JSON parser, not a browser's HTML parser: Chinese text stays Chinese and a third of the size.
        _json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
    }

    /// <summary>Writes one event; returns false when the peer is gone.</summary>
    public async ValueTask<bool> WriteAsync<T>(string name, T data, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var output = _response.BodyWriter;
        output.Write("event: "u8);
        output.Write(System.Text.Encoding.ASCII.GetBytes(name));
        output.Write("\ndata: "u8);
        _json.Reset(output);
        JsonSerializer.Serialize(_json, data, type);
        output.Write("\n\n"u8);
        return !(await output.FlushAsync(cancellation)).IsCompleted;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
