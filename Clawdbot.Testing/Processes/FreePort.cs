using System.Net;
using System.Net.Sockets;

namespace Clawdbot.Testing.Processes;

/// <summary>Finds ports for programs that must restart at the same port, or can't choose a free one themselves.</summary>
/// <remarks>
/// They lie below those that the system gives to connections (32768 and up on Linux): a port from there may be taken by somebody's
/// connection between the look and the program's start.
/// </remarks>
internal static class FreePort
{
    private const int First = 21_000;
    private const int Count = 11_000;

    /// <summary>Processes that look at the same time begin at different places.</summary>
    private static int _last = Environment.ProcessId * 127 % Count;

    /// <summary>A loopback port that was free a moment ago, and that this process gives only once in 11,000 calls.</summary>
    /// <exception cref="InvalidOperationException">None of 11,000 ports is free.</exception>
    public static int Next()
    {
        for (var i = 0; i < Count; i++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one may be free.
            }
        }
        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }
}
