using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Bodies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Edge.Bodies;

/// <summary>Bodies, and who reads them.</summary>
internal static class SomeBody
{
    public static BodyReader Reader(int cap = 1 << 20, long held = 1 << 24, long spooled = 1 << 30, string folder = "")
    {
        var options = Options.Create(new EdgeOptions
        {
            MaxBodyBytes = cap, MaxHeldBytes = held, MaxSpooledBytes = spooled, SpoolDirectory = folder,
        });
        return new BodyReader(options, new Spool(options, NullLogger<Spool>.Instance));
    }

    public static HttpRequest Request(Stream body, long? length)
    {
        var request = new DefaultHttpContext().Request;
        (request.Body, request.ContentLength) = (body, length);
        return request;
    }

    public static Task<RequestBody> ReadAsync(this BodyReader reader, byte[] sent) => reader.ReadAsync(new MemoryStream(sent), sent.Length);

    public static Task<RequestBody> ReadAsync(this BodyReader reader, Stream body, long? length) =>
        reader.ReadAsync(Request(body, length), CancellationToken.None);

    public static byte[] Bytes(int size, int seed = 7)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>Brings so many bytes at once, and then nothing until it is given up.</summary>
internal sealed class EndlesslySlow(int bytes = 0) : MemoryStream
{
    private int _left = bytes;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Math.Min(_left, buffer.Length) is > 0 and var some)
        {
            _left -= some;
            return some;
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return 0;
    }
}
