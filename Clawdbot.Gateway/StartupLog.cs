using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Edge;
using Clawdbot.Gateway.Edge.Admin;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway;

/// <summary>Logs after the start where the gateway listens and whom it serves.</summary>
internal static partial class StartupLog
{
    public static void Write(IServiceProvider services)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Clawdbot.Gateway");
        var addresses = services.GetRequiredService<InternalListener>().Addresses;
        var discovery = services.GetRequiredService<IOptions<DiscoveryOptions>>().Value;
        var hasInternal = services.GetRequiredService<IOptions<EdgeOptions>>().Value.InternalUrl.Length > 0;
        var open = hasInternal ? addresses.Take(addresses.Count - 1) : addresses;
        Serving(log, string.Join(" ", open), hasInternal ? addresses[^1] : "off", discovery.LocalReplicas ?? 0, discovery.Replicas.Count);
        switch (services.GetRequiredService<Authenticator>().Mode)
        {
            case "loopback":
                Loopback(log);
                break;
            case "anonymous":
                Anonymous(log);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Clawdbot serves at {Public} (admin verbs at {Internal}); "
        + "{Local} local and {Configured} configured replicas. Open the address in a browser.")]
    private static partial void Serving(ILogger logger, string @public, string @internal, int local, int configured);

    [LoggerMessage(Level = LogLevel.Information, Message = "No API keys are configured: only this machine is served. "
        + "Set Auth:Keys to serve others.")]
    private static partial void Loopback(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No API keys are configured and Auth:AllowAnonymous is on: "
        + "whoever can connect is served.")]
    private static partial void Anonymous(ILogger logger);
}
