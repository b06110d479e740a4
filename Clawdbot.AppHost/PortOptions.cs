using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.AppHost;

/// <summary>Ports that people and clients know, when the application is run here. Section <c>Ports</c>.</summary>
/// <param name="Nginx">Port of Nginx, or of HAProxy in its place, which clients reach; 0 takes a free one.</param>
/// <param name="Gateways">Port of the first gateway, the second has the next one; 0 takes free ones.</param>
internal sealed record PortOptions(int Nginx, int Gateways)
{
    /// <summary>Section name.</summary>
    public const string Section = "Ports";

    /// <summary>Reads the section; what is wrong in it is added to <paramref name="mistakes"/>.</summary>
    public static PortOptions Read(IConfiguration configuration, ICollection<string> mistakes)
    {
        var section = configuration.GetSection(Section);
        section.CheckNames(mistakes, nameof(Nginx), nameof(Gateways));
        return new(
            section.ReadNumber(nameof(Nginx), 8000, 0, 65_535, mistakes),
            section.ReadNumber(nameof(Gateways), 8001, 0, 65_000, mistakes));
    }

    /// <summary>The port of a gateway, null for a free one.</summary>
    public int? Gateway(int index) => Gateways == 0 ? null : Gateways + index;
}

internal static class PortOptionsExtensions
{
    // launchSettings.json sets in these where the dashboard, its receiver of telemetry and its source of resources listen.
    private static readonly string[] DashboardUrls =
        ["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    /// <summary>The application's ports. Mistakes in the section have been reported by then.</summary>
    public static PortOptions Ports(this IDistributedApplicationBuilder builder) => PortOptions.Read(builder.Configuration, []);

    /// <summary>Adds a mistake for each port that another program has: in most cases this application, started before.</summary>
    public static void Check(IDistributedApplicationBuilder builder, PortOptions ports, ICollection<string> mistakes)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return;
        // In a test the application has no dashboard.
        var isTest = bool.TryParse(builder.Configuration["DcpPublisher:RandomizePorts"], out var isRandom) && isRandom;
        var dashboard = DashboardUrls.Where(_ => !isTest).SelectMany(name => (builder.Configuration[name] ?? "").Split(';'))
            .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.Port : 0);
        if (dashboard.FirstOrDefault(IsTaken) is > 0 and var port)
        {
            mistakes.Add($"Port {port} of the Aspire dashboard is taken. "
                + "Is this application running already? Else change Properties/launchSettings.json.");
        }
        if (IsTaken(ports.Nginx))
        {
            var front = builder.Front() == FrontKind.HaProxy ? "HAProxy" : "Nginx";
            mistakes.Add($"Port {ports.Nginx} is taken, and {front} is to listen there; "
                + "use another: --Ports:Nginx=9000, or 0 for a free one.");
        }
        for (var i = 0; i < GatewayExtensions.Count; i++)
        {
            if (ports.Gateway(i) is { } gateway && IsTaken(gateway))
            {
                mistakes.Add($"Port {gateway} is taken, and gateway-{i} is to listen there; "
                    + "use others: --Ports:Gateways=9001 for 9001 and 9002, or 0 for free ones.");
            }
        }
    }

    private static bool IsTaken(int port)
    {
        if (port == 0)
            return false;
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
