using System.Globalization;
using System.Text.RegularExpressions;

namespace Clawdbot.Drill.Contenders;

/// <summary>Reads from our gateways' metrics how many failovers of each kind there were. A killed gateway loses its counts.</summary>
internal static partial class FailoverCounts
{
    private static readonly string[] Labels = ["phase", "kind", "cause"];

    /// <summary>Counts by kind, such as <c>mid_stream, exact, connection_reset</c>; empty for a contender without our gateways.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> ReadAsync(Contender contender, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var gateway in contender.Gateways.Where(g => g.IsUp))
        {
            var metrics = await http.GetStringAsync(new Uri(gateway.Address, "/metrics"), cancellation);
            foreach (var match in Line().Matches(metrics).Cast<Match>())
            {
                var labels = Label().Matches(match.Groups["labels"].Value).ToDictionary(l => l.Groups[1].Value, l => l.Groups[2].Value);
                var kind = string.Join(", ", Labels.Select(l => labels.GetValueOrDefault(l, "")).Where(v => v.Length > 0));
                counts[kind] = counts.GetValueOrDefault(kind)
                    + (long)double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
            }
        }
        return counts.Where(c => c.Value > 0).ToDictionary();
    }

    [GeneratedRegex(@"^clawdbot_gateway_failovers_total\{(?<labels>[^}]*)\} (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("(\\w+)=\"([^\"]*)\"")]
    private static partial Regex Label();
}
