using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>The process at the other end of a new connection did not prove that it holds the fleet secret.</summary>
public sealed class FleetProofException(string message) : IOException(message);

/// <summary>
/// The gateway's connections to shims. Each new one is proven before anything else travels on it; a pooled one needs no
/// second proof, because a connection cannot change its owner as an address can.
/// </summary>
public static class FleetHandler
{
    private const int MaxAnswerBytes = 4096;

    /// <summary>Creates a handler without proxy, redirects, cookies, retries, or timeouts other than that of the connect.</summary>
    /// <param name="secret">The fleet secret.</param>
    /// <param name="connectTimeout">Timeout of the TCP connect and the proof together.</param>
    /// <param name="isTraced">Whether calls carry the caller's trace context.</param>
    /// <param name="time">The clock of that timeout.</param>
    public static SocketsHttpHandler Create(Func<string> secret, TimeSpan connectTimeout, bool isTraced, TimeProvider time) => new()
    {
        ActivityHeadersPropagator = isTraced ? DistributedContextPropagator.Current : null,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ConnectCallback = async (context, cancellation) =>
        {
            using var limit = new RunningTimeout(connectTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, either.Token);
                var stream = new NetworkStream(socket, ownsSocket: true);
                await ProveAsync(stream, secret(), context.DnsEndPoint.Host, either.Token);
                return stream;
            }
            catch (OperationCanceledException) when (limit.Token.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                socket.Dispose();
                throw new TimeoutException($"No proven connection within {connectTimeout.TotalMilliseconds:0} ms.");
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    private static async Task ProveAsync(NetworkStream stream, string secret, string host, CancellationToken cancellation)
    {
        var challenge = FleetProof.Challenge(secret);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {FleetRoutes.Proof} HTTP/1.1\r\nHost: {host}\r\n{FleetHeaders.Challenge}: {challenge}\r\n\r\n"), cancellation);
        var head = await ReadHeadAsync(stream, cancellation);
        var lines = head.Split("\r\n");
        var proof = lines.FirstOrDefault(l => l.StartsWith(FleetHeaders.Proof + ":", StringComparison.OrdinalIgnoreCase));
        if (!lines[0].StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            || !FleetProof.Holds(secret, challenge, proof?[(FleetHeaders.Proof.Length + 1)..].Trim()))
            throw new FleetProofException("The process at this address does not hold the fleet secret.");
    }

    /// <summary>Reads the answer's head up to the empty line; the answer has no body, and nothing else was asked for.</summary>
    private static async Task<string> ReadHeadAsync(NetworkStream stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerBytes);
        try
        {
            var length = 0;
            while (length < MaxAnswerBytes)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length, MaxAnswerBytes - length), cancellation);
                if (read == 0)
                {
                    throw new FleetProofException("The process at this address closed the connection "
                        + "instead of proving that it holds the fleet secret.");
                }
                length += read;
                if (buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                    return Encoding.ASCII.GetString(buffer, 0, length);
            }
            throw new FleetProofException("The process at this address answered the proof with something else.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
