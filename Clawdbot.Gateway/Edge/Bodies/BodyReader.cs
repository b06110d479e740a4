using Clawdbot.Gateway.Edge.Responses;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>Reads whole bodies, up to a limit for each and one for all together. Thread-safe.</summary>
internal sealed class BodyReader(IOptions<EdgeOptions> options, Spool spool)
{
    /// <summary>Bytes of a body that takes about a millisecond to scan.</summary>
    private const int Large = 4 << 20;

    private readonly BodyBufferPool _memory = new(options.Value.MaxHeldBytes);

    /// <summary>Bytes that all requests hold in memory.</summary>
    public long Held => _memory.Held;

    /// <summary>Bytes that all requests hold in files.</summary>
    public long Spooled => spool.Bytes.Taken;

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="ApiException">It is too large, or all bodies together are, or the disk is full.</exception>
    public async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var cap = options.Value.MaxBodyBytes;
        if (request.ContentLength > cap)
            throw TooLarge(cap);
        if (PackedBody.Is(request))
            return await UnpackAsync(request, cap, cancellation);
        using var body = new BodyWriter(_memory, spool, request.ContentLength, cap);
        while (body.Length != request.ContentLength)
        {
            var read = await request.Body.ReadAsync(await body.RoomAsync(cancellation), cancellation);
            if (read == 0)
                break;
            body.Advance(read);
            if (body.Length > cap)
                throw TooLarge(cap);
        }
        // A large body is scanned on another thread: other clients' sockets wait for this thread (Edge:InlineSockets).
        if (body.Length >= Large)
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await body.CompleteAsync(cancellation);
    }

    private async Task<RequestBody> UnpackAsync(HttpRequest request, int cap, CancellationToken cancellation)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // as for a large body: unpacking takes time
        using var packed = PackedBody.Open(request);
        using var body = new BodyWriter(_memory, spool, expected: null, cap);
        while (await packed.ReadAsync(await body.RoomAsync(cancellation), cancellation) is var read and > 0)
        {
            body.Advance(read);
            if (body.Length > cap)
                throw TooLarge(cap);
        }
        return await body.CompleteAsync(cancellation);
    }

    /// <summary>Makes one body of these pieces, in their order.</summary>
    public async Task<RequestBody> JoinAsync(IReadOnlyList<ReadOnlyMemory<byte>> pieces, CancellationToken cancellation)
    {
        var length = pieces.Sum(p => p.Length);
        using var body = new BodyWriter(_memory, spool, length, length);
        foreach (var piece in pieces)
            await body.WriteAsync(piece, cancellation);
        return await body.CompleteAsync(cancellation);
    }

    private static ApiException TooLarge(int cap) => new(new ApiError(413, "body_too_large",
        $"The body is larger than {cap} bytes. Send a smaller or more strongly compressed picture, or raise Edge:MaxBodyBytes."));
}
