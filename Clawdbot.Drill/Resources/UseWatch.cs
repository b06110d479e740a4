using System.Globalization;
using Clawdbot.Drill.Contenders;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Resources;

/// <summary>Samples every second what each process of a contender uses.</summary>
internal sealed class UseWatch(Contender contender, TimeProvider time)
{
    private const string HeapMetric = "dotnet_gc_last_collection_heap_size_bytes{";
    private const int LooksForAHeap = 10;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly List<UseSample> _samples = [];

    /// <summary>Samples until cancelled.</summary>
    public async Task<IReadOnlyList<UseSample>> WatchAsync(CancellationToken end)
    {
        var start = time.GetTimestamp();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        for (var look = 0; !end.IsCancellationRequested; look++)
        {
            foreach (var process in contender.Gateways.Concat(contender.Replicas))
            {
                if (process.Pid is { } pid && process.IsUp && ProcessUse.Of(pid) is { Threads: > 0 } use)
                {
                    var at = time.GetElapsedTime(start).TotalMilliseconds;
                    var heap = look % LooksForAHeap == 0 ? await HeapAsync(http, process.Address, end) : null;
                    _samples.Add(new UseSample(at, process.Name, pid, use, heap));
                }
            }
            await Task.Delay(Look, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return _samples;
    }

    /// <summary>Bytes of the heap over all generations; null when the process does not answer or does not report them.</summary>
    private static async Task<double?> HeapAsync(HttpClient http, Uri address, CancellationToken end)
    {
        try
        {
            var metrics = await http.GetStringAsync(new Uri(address, "/metrics"), end);
            var sizes = metrics.Split('\n').Where(l => l.StartsWith(HeapMetric, StringComparison.Ordinal))
                .Select(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
            return sizes.Count == 0 ? null : sizes.Sum();
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or FormatException)
        {
            return null;
        }
    }
}
