using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clawdbot.ServiceDefaults.Wire;

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
    public ValueTask<bool> WriteAsync<T>(string name, T data, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var output = Begin(name);
        _json.Reset(output);
        JsonSerializer.Serialize(_json, data, type);
        return EndAsync(output, cancellation);
    }

    /// <summary>Writes a <see cref="GenerationPiece"/> whose choice is JSON already.</summary>
    public ValueTask<bool> WritePieceAsync(int index, ReadOnlyMemory<byte> choice, CancellationToken cancellation)
    {
        var output = Begin(GenerationEvents.Piece);
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, index);
        _json.WritePropertyName("choice"u8);
        _json.WriteRawValue(choice.Span); // checked on the way: a line break between two fields would be the end of the event
        _json.WriteEndObject();
        _json.Flush();
        return EndAsync(output, cancellation);
    }

    private PipeWriter Begin(string name)
    {
        var output = _response.BodyWriter;
        output.Write("event: "u8);
        output.Write(System.Text.Encoding.ASCII.GetBytes(name));
        output.Write("\ndata: "u8);
        return output;
    }

    private static async ValueTask<bool> EndAsync(PipeWriter output, CancellationToken cancellation)
    {
        output.Write("\n\n"u8);
        return !(await output.FlushAsync(cancellation)).IsCompleted;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
