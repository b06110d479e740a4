using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Clawdbot.Bench.Measure;

/// <summary>
/// One connection that asks and reads to the end of the answer, with as little work as can be: what is measured shares the machine with it.
/// Chunked answers end with the last chunk, others by their length.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 << 10];

    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var client = new RawClient();
        await client._tcp.ConnectAsync(address.Host, address.Port);
        return client;
    }

    /// <summary>Bytes of a whole request.</summary>
    public static byte[] Request(Proxy proxy, byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"POST {proxy.Path} HTTP/1.1\r\nHost: {proxy.Address.Authority}\r\n{proxy.KeyHeader}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n")),
        .. body,
    ];

    /// <summary>Sends it, and reads nothing.</summary>
    public ValueTask SendAsync(byte[] request) => _tcp.GetStream().WriteAsync(request);

    /// <summary>Sends it and reads the answer.</summary>
    /// <returns>Milliseconds to the first byte behind the headers' beginning, and in all.</returns>
    public async Task<(double First, double Total)> AskAsync(byte[] request, CancellationToken cancellation)
    {
        var sent = TimeProvider.System.GetTimestamp();
        await _tcp.GetStream().WriteAsync(request, cancellation);
        var (first, length, need) = (0.0, 0, int.MaxValue);
        var tail = Array.Empty<byte>();
        while (true)
        {
            var read = await _tcp.GetStream().ReadAsync(_buffer, cancellation);
            if (read == 0)
                throw new IOException("The proxy closed the connection.");
            if (first == 0)
            {
                first = TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds;
                need = Needed(_buffer.AsSpan(0, read));
            }
            length += read;
            if (need != int.MaxValue ? length >= need : EndsWithLastChunk(ref tail, _buffer.AsSpan(0, read)))
                return (first, TimeProvider.System.GetElapsedTime(sent).TotalMilliseconds);
        }
    }

    public void Dispose() => _tcp.Dispose();

    private static int Needed(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200"u8))
            throw new IOException("The proxy answered " + Encoding.ASCII.GetString(head[..Math.Min(head.Length, 400)]));
        var name = "content-length:"u8;
        var text = Encoding.ASCII.GetString(head);
        var at = text.IndexOf("content-length:", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return int.MaxValue;
        var value = text.AsSpan(at + name.Length);
        return text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4
            + int.Parse(value[..value.IndexOf('\r')].Trim(), CultureInfo.InvariantCulture);
    }

    private static bool EndsWithLastChunk(ref byte[] tail, ReadOnlySpan<byte> bytes)
    {
        tail = [.. tail, .. bytes[^Math.Min(7, bytes.Length)..]];
        tail = tail[^Math.Min(7, tail.Length)..];
        return tail.AsSpan().EndsWith("\r\n0\r\n\r\n"u8);
    }
}
