using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.ServiceDefaults;

/// <summary>What a socket brings is dealt with where it was noticed: docs/decisions/0011-sockets-inline.md says what that demands.</summary>
public static class InlineSockets
{
    /// <summary>Kestrel's sockets by its option; those of the HTTP client by a variable that .NET reads when the first socket is made.</summary>
    public static void RunSocketsInline(this IWebHostBuilder host)
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        host.ConfigureServices(services => services.Configure<SocketTransportOptions>(o => o.UnsafePreferInlineScheduling = true));
    }
}
