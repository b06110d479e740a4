using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>
/// <see cref="LyingEngineTests"/> in a process of its own and by its own clock, at the pace of production: half a minute.
/// </summary>
public sealed class LyingProcessTests
{
    [Fact(Explicit = true)]
    public async Task Every_lie_is_found_out() =>
        await Task.WhenAll(
            FoundOutAsync("vllm", "dead input thread"), FoundOutAsync("vllm", "frozen before the first token"),
            FoundOutAsync("vllm", "stopped"),
            FoundOutAsync("vllm", "image cache poisoned"), FoundOutAsync("ollama", "frozen before the first token"),
            FoundOutAsync("openai", "frozen before the first token"));

    private static async Task FoundOutAsync(string kind, string lie)
    {
        await using var fake = await WatchedShim.EngineAsync(kind);
        await using var shim = await ShimHost.StartAsync([.. WatchedShim.Arguments(kind, fake), "--Liveness:Alone=true"]);
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Null((await caller.GenerateAsync(WatchedShim.Question())).Error);
        if (kind != "vllm")
            await CanariesAsync(shim.Address, 2); // how long they take must be known first

        var until = new TaskCompletionSource();
        LyingEngineTests.Lies[lie].Lie(fake.Core, until.Task);
        var sick = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Sick);
        Assert.Contains(kind == "vllm" ? LyingEngineTests.Lies[lie].Words : "mute: a canary waits", sick.Reason, StringComparison.Ordinal);

        (fake.Core.Always, fake.Core.Stopped, fake.Core.PoisonsPictures) = (null, null, false);
        until.SetResult();
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.True(await MetricAsync(shim.Address, "clawdbot_shim_convictions_total", "cause=") >= 1);
    }

    private static async Task CanariesAsync(Uri shim, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (await MetricAsync(shim, "clawdbot_shim_canaries_total", "alive") < count)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    private static async Task<double> MetricAsync(Uri shim, string name, string label)
    {
        using var http = new HttpClient { BaseAddress = shim };
        return (await http.GetStringAsync("/metrics")).Split('\n')
            .Where(l => l.StartsWith(name, StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
    }
}
