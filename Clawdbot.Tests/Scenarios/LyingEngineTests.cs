using System.Collections.Concurrent;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios;

/// <summary>An engine that hangs in the middle of an answer while it says that it is well: its shim finds out, and the client sees nothing.</summary>
public sealed class LyingEngineTests(LyingEngineTests.LyingFleet fleet) : IClassFixture<LyingEngineTests.LyingFleet>
{
    [Theory]
    [InlineData(EngineFaultKind.Silence, 7, "frozen")]
    [InlineData(EngineFaultKind.DeadInput, 0, "takes requests and does not read them")]
    internal async Task The_answer_goes_on_elsewhere_and_the_replica_is_out_with_the_reason(EngineFaultKind kind, int tokens, string reason)
    {
        await fleet.HealthyAsync();
        var question = $"hi, {kind}"; // one that two engines died of would be refused from then on
        var undisturbed = await fleet.Gateway.Chat.AskAsync(question, stream: true);
        fleet.Script.Enqueue(new EngineFault(kind, tokens)); // whichever takes it
        var asked = fleet.Gateway.Chat.AskAsync(question, stream: true);
        var after = await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.State == "Ejected"));
        Assert.Contains(reason, after.Replicas.Single(r => r.State == "Ejected").Reason, StringComparison.Ordinal);

        var seen = await asked;
        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.True(seen.Whole, $"{seen}");
        await fleet.Gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State is "Healthy" or "Probation"));
    }

    /// <summary>A gateway over two shims, each in front of a faked vLLM; for all tests of the class.</summary>
    public sealed class LyingFleet : IAsyncLifetime
    {
        private readonly List<VllmFake> _engines = [];
        private readonly List<ShimHost> _shims = [];

        internal ConcurrentQueue<EngineFault> Script { get; } = new();

        internal GatewayProcess Gateway { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                _engines.Add(await VllmFake.StartAsync(new EngineCore { Script = Script }));
                _shims.Add(await VllmShim.StartAsync(_engines[i], $"--Engine:Model={ChatClient.Model}", "--Engine:Vllm:Deterministic=true",
                    "--Liveness:FrozenSeconds=2", "--Liveness:DeadInputSeconds=2"));
            }
            // The gateway's own clocks don't help.
            Gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Forwarding:NextTokenMilliseconds=600000", "--Forwarding:FirstTokenMilliseconds=600000", "--Failover:Hedge=false",
                $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}");
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (Gateway is not null)
                await Gateway.DisposeAsync();
            foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(_engines))
                await part.DisposeAsync();
        }

        internal Task<FleetView> HealthyAsync() => Gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
    }
}
