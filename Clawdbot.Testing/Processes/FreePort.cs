using System.Net;
using System.Net.Sockets;

namespace Clawdbot.Testing.Processes;

/// <summary>Finds ports for programs that must restart at the same port, or can't choose a free one themselves.</summary>
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
