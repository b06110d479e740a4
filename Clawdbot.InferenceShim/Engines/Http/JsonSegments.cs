using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Builds a JSON document from pieces of a request without copying them: they hold megabytes of picture.</summary>
/// <param name="source">The request's bytes; the elements that are added must have been parsed from them.</param>
internal sealed class JsonSegments(ReadOnlyMemory<byte> source)
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Adds JSON that is not the client's.</summary>
    public JsonSegments Add(string json)
    {
        _parts.Add(Encoding.UTF8.GetBytes(json));
        return this;
    }

    /// <summary>Adds a value as the client wrote it.</summary>
    public JsonSegments Add(JsonElement value) => Add(JsonMarshal.GetRawUtf8Value(value));

    /// <summary>Adds a piece of the request.</summary>
    public JsonSegments Add(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > 0 && source.Span.Overlaps(piece, out var offset))
            _parts.Add(source.Slice(offset, piece.Length));
        return this;
    }

    /// <summary>The document, ready to be sent.</summary>
    public SegmentedContent ToContent() => new(_parts);
}
