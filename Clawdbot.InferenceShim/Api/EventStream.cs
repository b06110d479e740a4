using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Writes server-sent events to a response. They go out when they are flushed.</summary>
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

    /// <summary>Bytes that are written and not sent yet.</summary>
    public long Unflushed => _response.BodyWriter.UnflushedBytes;

    /// <summary>Writes one event.</summary>
    public void Write<T>(string name, T data, JsonTypeInfo<T> type)
    {
        var output = Begin(name);
        _json.Reset(output);
        JsonSerializer.Serialize(_json, data, type);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes a <see cref="GenerationPiece"/> whose choice is JSON already.</summary>
    public void WritePiece(EnginePiece piece)
    {
        var output = Begin(GenerationEvents.Piece);
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteNumber("index"u8, piece.Index);
        if (piece.Count != 1)
            _json.WriteNumber("count"u8, piece.Count);
        _json.WritePropertyName("choice"u8);
        _json.WriteRawValue(piece.Choice.Span); // checked on the way: a line break between two fields would be the end of the event
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>Writes a comment, which a gateway takes for a sign of life and any other reader skips.</summary>
    public void WriteComment() => _response.BodyWriter.Write(":\n\n"u8);

    /// <summary>Sends what was written, and waits while the peer reads more slowly; false when the peer is gone.</summary>
    /// <remarks>Without a cancellation token: with one it would throw when the peer leaves, instead of returning.</remarks>
    public async ValueTask<bool> FlushAsync() => !(await _response.BodyWriter.FlushAsync()).IsCompleted;

    private PipeWriter Begin(string name)
    {
        var output = _response.BodyWriter;
        output.Write("event: "u8);
        output.Write(System.Text.Encoding.ASCII.GetBytes(name));
        output.Write("\ndata: "u8);
        return output;
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
