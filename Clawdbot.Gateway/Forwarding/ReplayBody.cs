using System.Net;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// The client's body as one attempt sends it: the raw bytes with the gateway's field inserted after the opening brace. It is
/// never parsed and written again, so that gateway and engine read the same bytes.
/// </summary>
internal sealed class ReplayBody : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly byte[] _field;

    public ReplayBody(ReadOnlyMemory<byte> body, GenerationExtras extras)
    {
        var brace = body.Span.IndexOf((byte)'{') + 1;
        _body = body[brace..];
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
        await stream.WriteAsync(_body, cancellationToken);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _field.Length + _body.Length;
        return true;
    }
}
