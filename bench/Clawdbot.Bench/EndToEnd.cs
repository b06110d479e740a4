using Clawdbot.Bench.Measure;
using Clawdbot.Bench.Upstream;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Bench;

/// <summary>The end-to-end benchmark: one upstream, and each proxy in front of it in turn.</summary>
/// <param name="rounds">Rounds of each load on each proxy.</param>
/// <param name="length">Length of a round.</param>
/// <param name="only">Part of the names of the loads to run.</param>
/// <param name="who">Part of the names of the proxies to run.</param>
/// <param name="before">Another build of the gateway that is measured too, its program; empty: none.</param>
internal sealed class EndToEnd(int rounds, TimeSpan length, string only, string who, string before)
{
    private const int Streams = 5000;

    public async Task RunAsync()
    {
        var (program, address) = await FakeReplica.StartAsync();
        await using var upstream = program;
        var proxies = new List<Proxy>();
        try
        {
            foreach (var start in Proxy.All(before).Where(p => p.Name == Comparison.Direct || p.Name == Comparison.Reference
                || p.Name.Contains(who, StringComparison.OrdinalIgnoreCase)))
            {
                if (start.Needs is null || Peer.TryFind(start.Needs) is not null)
                    proxies.Add(await start.StartAsync(address));
            }
            await WarmUpAsync(proxies);
            await MeasureAsync(proxies);
        }
        finally
        {
            foreach (var proxy in proxies)
                await proxy.DisposeAsync();
        }
    }

    private async Task MeasureAsync(List<Proxy> proxies)
    {
        Console.WriteLine($"{Machine.Description}\n\n{Comparison.Head}");
        await new Comparison(proxies, rounds, length).RunAsync(
            Case.All.Where(c => c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)), Console.WriteLine);
        if (only.Length > 0)
            return;
        Console.WriteLine("\n| proxy | open streams | before | with them | each |\n|---|---|---|---|---|");
        foreach (var proxy in proxies.Where(p => p.Pid != 0))
            Console.WriteLine(await OpenStreams.MeasureAsync(proxy, Streams));
    }

    /// <summary>
    /// Runs loads until the JIT compiler has done its last pass over the hot code: it shares the processors with what is measured. Pieces
    /// that come one by one take another way through the code than those that come at once.
    /// </summary>
    private static async Task WarmUpAsync(IEnumerable<Proxy> proxies)
    {
        foreach (var proxy in proxies.Where(p => p.Pid != 0))
        {
            foreach (var load in Case.WarmUp)
            {
                for (var i = 0; i < 3; i++)
                    await Round.RunAsync(load, proxy, TimeSpan.FromSeconds(1.5));
            }
        }
    }
}
