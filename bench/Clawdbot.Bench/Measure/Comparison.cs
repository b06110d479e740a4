using System.Globalization;

namespace Clawdbot.Bench.Measure;

/// <summary>
/// All proxies under all loads in turn, round by round, so that whatever else the machine does meanwhile slows all of them alike.
/// </summary>
internal sealed class Comparison(IReadOnlyList<Proxy> proxies, int rounds, TimeSpan length)
{
    /// <summary>Name of the proxy that the others are compared with.</summary>
    public const string Reference = "plain YARP";

    /// <summary>Name of the run without a proxy, which shows what clients and upstream take by themselves.</summary>
    public const string Direct = "direct";

    /// <summary>The table's head.</summary>
    public const string Head = "| load | proxy | answers | CPU | to plain YARP | added first byte P50 | added P99 | memory | allocated |\n"
        + "|---|---|---|---|---|---|---|---|---|";

    private readonly Dictionary<(Case, Proxy), List<Round>> _rounds = [];

    public async Task RunAsync(IEnumerable<Case> cases, Action<string> say)
    {
        foreach (var load in cases)
        {
            foreach (var proxy in proxies)
                await Round.RunAsync(load, proxy, length / 2); // warms up, and is thrown away
            for (var i = 0; i < rounds; i++)
            {
                foreach (var proxy in proxies)
                {
                    var round = await Round.RunAsync(load, proxy, length);
                    if (!_rounds.TryGetValue((load, proxy), out var list))
                        _rounds[(load, proxy)] = list = [];
                    list.Add(round);
                }
            }
            say(Table(load));
        }
    }

    /// <summary>Rows of the table for one load, in Markdown: medians over the rounds.</summary>
    private string Table(Case load)
    {
        var direct = proxies.FirstOrDefault(p => p.Pid == 0);
        double Added(Proxy proxy, Func<Round, double> figure) =>
            Median(load, proxy, figure) - (direct is null ? 0 : Median(load, direct, figure));
        var reference = proxies.FirstOrDefault(p => p.Name == Reference);
        var unit = load.IsPerChunk ? "us/chunk" : "us/request";
        var lines = proxies.Select(proxy =>
        {
            var cpu = Median(load, proxy, r => r.CpuMicroseconds);
            var ratio = reference is null || proxy.Pid == 0
                ? "–"
                : (cpu / Median(load, reference, r => r.CpuMicroseconds)).ToString("0.00", CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture,
                $"| {load.Name} | {proxy.Name} | {Median(load, proxy, r => r.Requests):0} | {cpu:0.0} {unit} | {ratio} "
                + $"| {Added(proxy, r => r.FirstP50):0.00} ms | {Added(proxy, r => r.FirstP99):0.00} ms "
                + $"| {Median(load, proxy, r => r.MemoryBytes) / (1 << 20):0} MB "
                + $"| {(proxy.AllocatedAsync is null ? "–" : $"{Median(load, proxy, r => r.AllocatedBytes):0} B")} |");
        });
        return string.Join('\n', lines);
    }

    private double Median(Case load, Proxy proxy, Func<Round, double> figure)
    {
        var sorted = _rounds[(load, proxy)].Select(figure).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
