using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Another document made of pieces of a request: what the client wrote, megabytes of picture mostly, is never copied.</summary>
/// <param name="source">The request; the elements taken over were parsed from these very bytes.</param>
internal sealed class JsonSegments(ReadOnlyMemory<byte> source)
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Adds JSON of our own.</summary>
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

    /// <summary>The document.</summary>
    public SegmentedContent ToContent() => new(_parts);
}
