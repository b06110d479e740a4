using System.Buffers;
using System.Net;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Pictures;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// The client's body as one attempt sends it: the raw bytes with the gateway's field inserted after the opening brace. It is
/// never parsed and written again, so that gateway and engine read the same bytes, but for the edits that the request asks for.
/// </summary>
internal sealed class ReplayBody : HttpContent
{
    private const int Piece = 64 << 10;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly byte[] _field;
    private readonly int _start;
    private readonly IReadOnlyList<BodyEdit> _edits;

    /// <param name="body">The client's bytes, a JSON object.</param>
    /// <param name="extras">What the gateway adds.</param>
    /// <param name="edits">What is sent in place of parts of the body, in their order; all after the opening brace.</param>
    public ReplayBody(ReadOnlyMemory<byte> body, GenerationExtras extras, IReadOnlyList<BodyEdit>? edits = null)
    {
        (_body, _edits, _start) = (body, edits ?? [], body.Span.IndexOf((byte)'{') + 1);
        _field = [.. "{\""u8, .. System.Text.Encoding.ASCII.GetBytes(GenerationEvents.ExtrasField), .. "\":"u8,
            .. JsonSerializer.SerializeToUtf8Bytes(extras, WireJson.Default.GenerationExtras), .. ","u8];
        Headers.ContentType = new("application/json");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // An attempt that is given up may still write when the request is over: pinned bytes are not reused until then.
        using var held = _body.Pin();
        await stream.WriteAsync(_field, cancellationToken);
        var at = _start;
        foreach (var edit in _edits)
        {
            await stream.WriteAsync(_body[at..edit.Start], cancellationToken);
            if (edit.IsUrlForm)
                await ConvertAsync(_body.Slice(edit.Start, edit.Length), stream, cancellationToken);
            else
                await stream.WriteAsync(edit.Text, cancellationToken);
            at = edit.Start + edit.Length;
        }
        await stream.WriteAsync(_body[at..], cancellationToken);
    }

    private static async Task ConvertAsync(ReadOnlyMemory<byte> base64, Stream stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            for (; base64.Length > 0; base64 = base64[Math.Min(base64.Length, Piece)..])
            {
                var piece = base64[..Math.Min(base64.Length, Piece)];
                Base64Form.ToStandard(piece.Span, buffer);
                await stream.WriteAsync(buffer.AsMemory(0, piece.Length), cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _field.Length + _body.Length - _start;
        foreach (var edit in _edits)
            length += edit.Sent - edit.Length;
        return true;
    }
}
