using System.IO.Compression;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>A request body with a <c>Content-Encoding</c>, read unpacked. A body that is nearly all packing is refused early.</summary>
internal sealed class PackedBody : IDisposable
{
    /// <summary>The encodings that are read, as an error tells them.</summary>
    private const string Known = "gzip, br, deflate";

    /// <summary>Largest factor by which a body may grow. JSON of text grows up to tenfold, pictures in base64 by a third.</summary>
    private const int MostGrowth = 100;

    /// <summary>Unpacked bytes from which the factor counts.</summary>
    private const int Small = 1 << 20;

    private readonly CountingStream _packed;
    private readonly Stream _plain;
    private long _read;

    private PackedBody(CountingStream packed, Stream plain) => (_packed, _plain) = (packed, plain);

    /// <summary>Whether a request's body is packed.</summary>
    public static bool Is(HttpRequest request) =>
        request.Headers.ContentEncoding is { Count: > 0 } said && said != "identity" && said != "";

    /// <summary>Opens the body of a request.</summary>
    /// <exception cref="ApiException">It is packed in a way that is not known here.</exception>
    public static PackedBody Open(HttpRequest request)
    {
        var packed = new CountingStream(request.Body);
        Stream plain = request.Headers.ContentEncoding.ToString().ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(packed, CompressionMode.Decompress),
            "br" => new BrotliStream(packed, CompressionMode.Decompress),
            "deflate" => new ZLibStream(packed, CompressionMode.Decompress),
            _ => throw Unknown(request.HttpContext.Response),
        };
        return new PackedBody(packed, plain);
    }

    /// <summary>Reads unpacked bytes; 0 at the end.</summary>
    /// <exception cref="ApiException">It is damaged, or grows too much.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            var read = await _plain.ReadAsync(into, cancellation);
            _read += read;
            return _read > Small && _read > _packed.Count * MostGrowth
                ? throw new ApiException(new ApiError(413, "body_grows_too_much",
                    $"Unpacked, the body is more than {MostGrowth} times as large. Send it without Content-Encoding."))
                : read;
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_encoding",
                "The body is not what its Content-Encoding says, or is damaged. Send it whole, or without Content-Encoding.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _plain.Dispose();

    private static ApiException Unknown(HttpResponse response)
    {
        response.Headers.AcceptEncoding = Known;
        return new ApiException(new ApiError(415, "unsupported_encoding",
            $"This Content-Encoding is not read here. Send the body as one of {Known}, or without."));
    }

    /// <summary>Counts the bytes that are read.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Count; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Count += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
