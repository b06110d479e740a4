using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>How <c>deploy/haproxy/haproxy.cfg</c> is told its values.</summary>
internal static class HaProxyConfiguration
{
    public static string Shipped { get; } = Path.Combine(Repository.Root, "deploy", "haproxy", "haproxy.cfg");

    /// <summary>Arguments that start HAProxy in the foreground.</summary>
    public static IReadOnlyList<string> Arguments => ["-f", Shipped];

    /// <summary>The values, as variables of its environment.</summary>
    public static Dictionary<string, string> Environment(IEnumerable<Uri> gateways, int port, int statusPort, string host = "127.0.0.1")
    {
        var values = new Dictionary<string, string>
        {
            ["HAPROXY_LISTEN"] = $"{host}:{port.ToString(CultureInfo.InvariantCulture)}",
            ["HAPROXY_STATUS_LISTEN"] = $"127.0.0.1:{statusPort.ToString(CultureInfo.InvariantCulture)}",
        };
        foreach (var (i, gateway) in gateways.Index())
            values[$"GATEWAY_{i.ToString(CultureInfo.InvariantCulture)}"] = gateway.Authority;
        return values;
    }
}
