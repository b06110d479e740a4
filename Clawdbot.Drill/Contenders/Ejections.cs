using System.Globalization;
using System.Text.RegularExpressions;

namespace Clawdbot.Drill.Contenders;

/// <summary>Reads from our gateways' metrics how often replicas were taken out of the rotation.</summary>
internal static partial class Ejections
{
    /// <summary>The number of ejections so far; null for a contender without our gateways.</summary>
    public static async Task<int?> ReadAsync(Contender contender, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        int? ejections = null;
        foreach (var gateway in contender.Gateways.Where(g => g.IsUp))
        {
            var metrics = await http.GetStringAsync(new Uri(gateway.Address, "/metrics"), cancellation);
            ejections = (ejections ?? 0)
                + (int)Line().Matches(metrics).Sum(m => double.Parse(m.Groups["value"].Value, CultureInfo.InvariantCulture));
        }
        return ejections;
    }

    [GeneratedRegex(@"^clawdbot_gateway_replica_moves_total\{[^}]*state=""Ejected""[^}]*\} (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
