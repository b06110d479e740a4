using System.Globalization;

namespace Clawdbot.Bench.Measure;

/// <summary>Memory per open stream: thousands of paced streams at once, against the same process with none.</summary>
internal static class OpenStreams
{
    public static async Task<string> MeasureAsync(Proxy proxy, int streams)
    {
        var load = new Case("open streams", streams, 20, 500, true);
        var request = RawClient.Request(proxy, load.Body());
        await Round.RunAsync(load with { Clients = 50, PaceMilliseconds = 1 }, proxy, TimeSpan.FromSeconds(1));
        var before = ProcessCost.Memory(proxy.Pid);
        var clients = new List<Task>();
        for (var i = 0; i < streams; i++)
        {
            clients.Add(Task.Run(async () =>
            {
                using var client = await RawClient.ConnectAsync(proxy.Address);
                await client.AskAsync(request, CancellationToken.None);
            }));
            if (i % 100 == 99)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
        var open = clients.Count(c => !c.IsCompleted);
        var memory = ProcessCost.Memory(proxy.Pid);
        await Task.WhenAll(clients);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {proxy.Name} | {open} | {before >> 20} MB | {memory >> 20} MB | {(memory - before) / 1024.0 / open:0.0} KB |");
    }
}
