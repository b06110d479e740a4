using System.Buffers;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge;

/// <summary>A request's bytes, kept until the answer is complete so that they can be sent again.</summary>
internal sealed class RequestBody(byte[] buffer, int length, Action<int> release) : IDisposable
{
    private byte[]? _buffer = buffer;

    /// <summary>The bytes; not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is not { } rented)
            return;
        release(rented.Length);
        ArrayPool<byte>.Shared.Return(rented);
    }
}

/// <summary>Reads bodies whole, up to a cap each and a cap in all. Thread-safe.</summary>
internal sealed class BodyReader(IOptions<EdgeOptions> options)
{
    /// <summary>A claimed length is only believed up to here: memory grows with what really comes.</summary>
    private const int First = 64 << 10;

    private long _held;

    /// <summary>Bytes held by all requests.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Reads the body. Throws <see cref="ApiException"/> when it is too large, or all bodies together are.</summary>
    public async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var cap = options.Value.MaxBodyBytes;
        if (request.ContentLength > cap)
            throw TooLarge(cap);
        var buffer = Rent((int)Math.Clamp(request.ContentLength ?? First, 1, First));
        var length = 0;
        try
        {
            while (length != request.ContentLength)
            {
                if (length == buffer.Length)
                {
                    if (length > cap)
                        throw TooLarge(cap);
                    buffer = Grow(buffer, length);
                }
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellation);
                if (read == 0)
                    break;
                length += read;
                if (length > cap)
                    throw TooLarge(cap);
            }
            return new RequestBody(buffer, length, n => Interlocked.Add(ref _held, -n));
        }
        catch
        {
            Return(buffer);
            throw;
        }
    }

    private byte[] Grow(byte[] buffer, int length)
    {
        var larger = Rent(buffer.Length * 2);
        Buffer.BlockCopy(buffer, 0, larger, 0, length);
        Return(buffer);
        return larger;
    }

    private byte[] Rent(int bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        if (Interlocked.Add(ref _held, buffer.Length) <= options.Value.MaxHeldBytes)
            return buffer;
        Return(buffer);
        throw new ApiException(new ApiError(429, "bodies_exhausted",
            "The gateway holds as many request bytes as it may. Try again shortly, with a smaller picture if you can.") { RetryAfter = 2 });
    }

    private void Return(byte[] buffer)
    {
        Interlocked.Add(ref _held, -buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static ApiException TooLarge(int cap) => new(new ApiError(413, "body_too_large",
        $"The body is larger than {cap} bytes. Send a smaller or more strongly compressed picture, or raise Edge:MaxBodyBytes."));
}
