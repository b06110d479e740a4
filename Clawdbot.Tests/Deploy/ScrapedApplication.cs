using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>
/// A gateway with two local replicas that a client asks without pause, replicas that were killed while they answered, an
/// Nginx, a HAProxy, a Redis, somebody who says he is a GPU, and a Prometheus that scrapes them all.
/// </summary>
public sealed class ScrapedApplication : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _over = new();
    private readonly List<IAsyncDisposable> _running = [];
    private Task _client = Task.CompletedTask;
    private Task? _ready;

    internal GatewayProcess Gateway { get; private set; } = null!;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    /// <summary>Starts it all, once. Not while the fixture is made: there a missing program could not skip a test.</summary>
    internal Task ReadyAsync() => _ready ??= StartAsync();

    /// <summary>Asks until the expression has an answer.</summary>
    internal async Task<QueryAnswer> UntilAsync(string expr)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (true)
        {
            var answer = await Prometheus.QueryAsync(expr);
            if (answer.Error is not null || answer.Values.Count > 0)
                return answer;
            Assert.False(limit.IsCancellationRequested, $"No data after {Limit.TotalSeconds} s: {expr}");
            await Task.Delay(Look, TimeProvider.System);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _client.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var running in Enumerable.Reverse(_running))
            await running.DisposeAsync();
        _over.Dispose();
    }

    private async Task StartAsync()
    {
        PrometheusServer.RequirePrograms();
        NginxWithExporter.RequirePrograms();
        Prometheus = Kept(await PrometheusServer.StartAsync());
        var nginx = Kept(await NginxWithExporter.StartAsync());
        var gpu = Kept(await DcgmExporter.StartAsync());
        var redis = Kept(await RedisServer.StartAsync());
        Gateway = Kept(await GatewayProcess.WithLocalReplicasAsync(2, tokensPerSecond: 60, firstTokenMilliseconds: 20, $"--SharedStore:Redis={redis.Address}"));
        var haproxy = Kept(await HaProxyProcess.StartAsync([Gateway.Address]));
        Prometheus.Target("prometheus", ("prometheus", Prometheus.Address));
        Prometheus.Target("nginx", ("nginx-0", nginx.Address));
        Prometheus.Target("haproxy", ("haproxy", haproxy.Status));
        Prometheus.Target("gpu", ("host-0", gpu.Address));
        Prometheus.Target("gateway", ("gateway-0", Gateway.Address));
        await TargetReplicasAsync();
        await UntilAsync("sum(up) == 7");
        _client = AskWithoutPauseAsync();

        // The first failover of a kind only makes its histogram appear; the next one is a rise of it.
        while ((await Prometheus.QueryAsync("sum(increase(clawdbot_gateway_failover_silence_seconds_count[1h])) > 0")).Values.Count == 0)
        {
            var before = await Gateway.MetricAsync("clawdbot_gateway_failover_silence_seconds_count");
            await KillInMidStreamAsync();
            await UntilAsync(FormattableString.Invariant($"sum(clawdbot_gateway_failover_silence_seconds_count) > {before}"));
        }
        await UntilAsync("sum(up) == 7 and on () max(clawdbot:replicas_routable) == 2");
    }

    private T Kept<T>(T running) where T : IAsyncDisposable
    {
        _running.Add(running);
        return running;
    }

    /// <summary>Kills the replica that gives an answer, in the middle of it; the answer comes whole all the same.</summary>
    private async Task KillInMidStreamAsync()
    {
        var killed = Task.CompletedTask;
        var answer = await Gateway.Chat.AskAsync("What are you?", stream: true, onText: piece => killed = piece == 5 ? KillAsync() : killed);
        await killed;
        Assert.True(answer.Whole, answer.ErrorCode);
        await TargetReplicasAsync();
    }

    private async Task KillAsync()
    {
        var victim = (await Gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Answering > 0))).Replicas.MaxBy(r => r.Answering)!;
        Signals.Send(victim.Pid!.Value, Signals.Kill);
        await Gateway.Fleet.UntilAsync(f => f[victim.Id].Pid is { } pid && pid != victim.Pid);
    }

    /// <summary>A replica that was started again listens elsewhere: whoever started it says where.</summary>
    private async Task TargetReplicasAsync()
    {
        var fleet = await Gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        Prometheus.Target("replica", [.. fleet.Replicas.Select(r => (r.Id, new Uri(r.Address!)))]);
    }

    private async Task AskWithoutPauseAsync()
    {
        for (var i = 0; !_over.IsCancellationRequested; i++)
        {
            await Gateway.Chat.AskAsync("What are you?", stream: i % 2 == 0, cancellation: _over.Token);
            await Gateway.Chat.SendAsync("not JSON", stream: false, cancellation: _over.Token);
        }
    }
}
