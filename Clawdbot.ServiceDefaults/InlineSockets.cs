using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.ServiceDefaults;

/// <summary>
/// Handles received bytes on the thread that noticed them. What this demands of the code is in docs/decisions/0011-sockets-inline.md.
/// </summary>
public static class InlineSockets
{
    /// <summary>
    /// Sets it for Kestrel's sockets by an option, and for the HTTP client's by an environment variable that .NET reads when the first
    /// socket is made.
    /// </summary>
    public static void RunSocketsInline(this IWebHostBuilder host)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        host.ConfigureServices(services => services.Configure<SocketTransportOptions>(o => o.UnsafePreferInlineScheduling = true));
    }
}
