using System.Net;
using System.Net.Sockets;

namespace Clawdbot.Testing.Processes;

/// <summary>Ports for programs that must come back where they were, or can't be told to take any.</summary>
internal static class FreePort
{
    /// <summary>A loopback port that was free a moment ago.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
