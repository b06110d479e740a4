using Clawdbot.Testing.Load;

namespace Clawdbot.Bench.Measure;

/// <summary>What one round cost.</summary>
/// <param name="Requests">Number of answers.</param>
/// <param name="CpuMicroseconds">Processor time of the proxy per request, or per chunk of a stream.</param>
/// <param name="FirstP50">Median of the first byte, milliseconds.</param>
/// <param name="FirstP99">P99 of the first byte, milliseconds.</param>
/// <param name="MemoryBytes">Resident memory of the proxy at its end.</param>
/// <param name="AllocatedBytes">Managed memory allocated per request, or per chunk of a stream; not a number: unknown.</param>
internal sealed record Round(
    int Requests, double CpuMicroseconds, double FirstP50, double FirstP99, long MemoryBytes, double AllocatedBytes)
{
    /// <summary>Measures one proxy under one load for a while.</summary>
    public static async Task<Round> RunAsync(Case load, Proxy proxy, TimeSpan length)
    {
        var request = RawClient.Request(proxy, load.Body());
        await using var blocked = await Blocked.StartAsync(proxy, load.Blocked);
        var allocated = proxy.AllocatedAsync is { } ask ? await ask() : double.NaN;
        var before = proxy.Pid == 0 ? 0 : ProcessCost.Seconds(proxy.Pid);
        var answers = load.Rate > 0 ? await OpenAsync(load, proxy, request, length) : await ClosedAsync(load, proxy, request, length);
        var cpu = proxy.Pid == 0 ? 0 : ProcessCost.Seconds(proxy.Pid) - before;
        var first = new Percentiles(answers.Select(a => a.First));
        allocated = proxy.AllocatedAsync is { } again ? await again() - allocated : allocated;
        var pieces = Math.Max(1, answers.Count * (load.IsPerChunk ? load.Chunks : 1));
        return new Round(answers.Count, cpu * 1e6 / pieces, first.At(50), first.At(99),
            proxy.Pid == 0 ? 0 : ProcessCost.Memory(proxy.Pid), allocated / pieces);
    }

    private static async Task<List<(double First, double Total)>> ClosedAsync(Case load, Proxy proxy, byte[] request, TimeSpan length)
    {
        var start = TimeProvider.System.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, load.Clients).Select(i => Task.Run(async () =>
        {
            var answers = new List<(double, double)>();
            // Streams that began together would write together.
            await Task.Delay(TimeSpan.FromMilliseconds(i % 100 * load.PaceMilliseconds / 100.0), TimeProvider.System);
            using var client = await RawClient.ConnectAsync(proxy.Address);
            do
                answers.Add(await client.AskAsync(request, CancellationToken.None));
            while (TimeProvider.System.GetElapsedTime(start) < length);
            return answers;
        })));
        return [.. all.SelectMany(a => a)];
    }

    /// <summary>Each request at its time, on a connection that is free or new; measured from when it was due.</summary>
    private static async Task<List<(double First, double Total)>> OpenAsync(Case load, Proxy proxy, byte[] request, TimeSpan length)
    {
        var (start, free) = (TimeProvider.System.GetTimestamp(), new System.Collections.Concurrent.ConcurrentStack<RawClient>());
        var asked = new List<Task<(double First, double Total)>>();
        for (var i = 0; i < load.Rate * length.TotalSeconds; i++)
        {
            var due = i * 1000.0 / load.Rate;
            // The system's timers are coarser than a millisecond: the last part is waited for awake.
            while (TimeProvider.System.GetElapsedTime(start).TotalMilliseconds is var now && now < due)
            {
                if (due - now > 2)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                else
                    Thread.SpinWait(20);
            }
            asked.Add(Task.Run(async () =>
            {
                var client = free.TryPop(out var idle) ? idle : await RawClient.ConnectAsync(proxy.Address);
                var answer = await client.AskAsync(request, CancellationToken.None);
                free.Push(client);
                return answer;
            }));
        }
        var answers = await Task.WhenAll(asked);
        foreach (var client in free)
            client.Dispose();
        return [.. answers];
    }
}
