using System.Net;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>A JSON body in pieces that are sent one behind the other.</summary>
internal sealed class SegmentedContent : HttpContent
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _segments;

    public SegmentedContent(IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        _segments = segments;
        Headers.ContentType = new("application/json");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var segment in _segments)
            await stream.WriteAsync(segment, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _segments.Sum(s => (long)s.Length);
        return true;
    }
}
