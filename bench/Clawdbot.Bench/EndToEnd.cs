using Clawdbot.Bench.Measure;
using Clawdbot.Drill.Processes;

namespace Clawdbot.Bench;

/// <summary>The end-to-end benchmark: one upstream, and everyone in front of it in turn.</summary>
internal static class EndToEnd
{
    private const string Listening = "upstream listening on ";
    private const int Streams = 5000;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2.5);
    /// <summary>As .NET has it; we ship another value.</summary>
    private static readonly Dictionary<string, string> Defaults = new() { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0x46" };

    /// <summary>Workers of the thread pool sleep as soon as there is nothing to do, instead of spinning for the next piece of work.</summary>
    private static readonly Dictionary<string, string> NoSpin = new() { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0" };

    public static async Task RunAsync(int rounds, string only)
    {
        var (program, address) = await RunningProgram.StartAsync(Environment.ProcessPath!, ["upstream", "http://127.0.0.1:0"],
            line => line.StartsWith(Listening, StringComparison.Ordinal) ? line[Listening.Length..] : null);
        await using var upstream = program;
        var proxies = new List<Proxy>();
        try
        {
            await foreach (var proxy in StartAsync(new Uri(address)))
                proxies.Add(proxy);
            await WarmUpAsync(proxies);
            Console.WriteLine($"{Machine.Description}\n\n| load | proxy | answers | CPU | to plain YARP | added first byte P50 | first byte P99 | memory |\n|---|---|---|---|---|---|---|---|");
            await new Comparison(proxies, rounds, Length).RunAsync(Case.All.Where(c => c.Name.Contains(only, StringComparison.Ordinal)), Console.WriteLine);
            if (only.Length == 0)
            {
                Console.WriteLine("\n| proxy | open streams | before | with them | each |\n|---|---|---|---|---|");
                foreach (var proxy in proxies.Where(p => p.Pid != 0))
                    Console.WriteLine(await OpenStreams.MeasureAsync(proxy, Streams));
            }
        }
        finally
        {
            foreach (var proxy in proxies)
                await proxy.DisposeAsync();
        }
    }

    /// <summary>Until the compiler has done its second pass over what is hot: it shares the processors with what is measured.</summary>
    private static async Task WarmUpAsync(IEnumerable<Proxy> proxies)
    {
        foreach (var proxy in proxies.Where(p => p.Pid != 0))
        {
            foreach (var load in Case.All.Where(c => c is { PaceMilliseconds: 0, Rate: 0, ImageBytes: 0 }))
            {
                for (var i = 0; i < 2; i++)
                    await Round.RunAsync(load, proxy, TimeSpan.FromSeconds(1.5));
            }
        }
    }

    private static async IAsyncEnumerable<Proxy> StartAsync(Uri upstream)
    {
        yield return new Proxy("direct", upstream, 0, null);
        yield return await Proxy.OursAsync(upstream, "Clawdbot", Defaults);
        yield return await Proxy.PlainYarpAsync(upstream, Comparison.Reference, Defaults);
        yield return await Proxy.OursAsync(upstream, "Clawdbot, no spinning", NoSpin);
        yield return await Proxy.PlainYarpAsync(upstream, "plain YARP, no spinning", NoSpin);
        if (Peer.TryFind("nginx") is not null)
            yield return await Proxy.NginxAsync(upstream);
        if (Peer.TryFind("haproxy") is not null)
            yield return await Proxy.HaProxyAsync(upstream);
    }
}
