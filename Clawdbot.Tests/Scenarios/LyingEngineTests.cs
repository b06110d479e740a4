using System.Collections.Concurrent;
using Clawdbot.Drill.Load;
using Clawdbot.Drill.Processes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios;

/// <summary>An engine that hangs in the middle of an answer while it says that it is well: its shim finds out, and the client sees nothing.</summary>
public sealed class LyingEngineTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<EngineFault> _script = new();
    private readonly List<VllmFake> _engines = [];
    private readonly List<ShimHost> _shims = [];
    private GatewayProcess _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _engines.Add(await VllmFake.StartAsync(new EngineCore { Script = _script }));
            _shims.Add(await VllmShim.StartAsync(_engines[i], $"--Engine:Model={ChatClient.Model}", "--Engine:Vllm:Deterministic=true",
                "--Liveness:FrozenSeconds=2", "--Liveness:DeadInputSeconds=2"));
        }
        // The gateway's own clocks don't help.
        _gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Forwarding:NextTokenMilliseconds=600000", "--Forwarding:FirstTokenMilliseconds=600000",
            $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}");
        await _gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(_engines))
            await part.DisposeAsync();
    }

    [Theory]
    [InlineData(EngineFaultKind.Silence, 7, "frozen")]
    [InlineData(EngineFaultKind.DeadInput, 0, "takes requests and does not read them")]
    internal async Task The_answer_goes_on_elsewhere_and_the_replica_is_out_with_the_reason(EngineFaultKind kind, int tokens, string reason)
    {
        var undisturbed = await _gateway.Chat.AskAsync("hi", stream: true);
        _script.Enqueue(new EngineFault(kind, tokens)); // whichever takes it
        var asked = _gateway.Chat.AskAsync("hi", stream: true);
        var fleet = await _gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.State == "Ejected"));
        Assert.Contains(reason, fleet.Replicas.Single(r => r.State == "Ejected").Reason, StringComparison.Ordinal);

        var seen = await asked;
        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.True(seen.Whole, $"{seen}");
        await _gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State is "Healthy" or "Probation"));
    }
}
