using System.Collections.Concurrent;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A client's answer whose vLLM dies at every token in turn: gateway, shims and the engines' dialect together.</summary>
public sealed class VllmCutTests(VllmCutTests.VllmFleet fleet, ITestOutputHelper output) : IClassFixture<VllmCutTests.VllmFleet>
{
    /// <summary>Twelve of the core's, two each, and the end's.</summary>
    private const int Tokens = 25;

    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    private const int Folded = 3;

    [Theory]
    [InlineData(true, EngineFaultKind.Cut)]
    [InlineData(false, EngineFaultKind.Cut)]
    [InlineData(true, EngineFaultKind.ErrorEvent)]
    internal async Task The_client_sees_one_answer_and_no_token_is_generated_twice_but_those_that_were_lost(bool stream, EngineFaultKind kind)
    {
        var undisturbed = await AskAsync(stream);
        Assert.True(undisturbed.Whole && undisturbed.CompletionTokens == Tokens, $"{undisturbed}");
        for (var cut = 1; cut < Tokens; cut++)
        {
            await fleet.SettledAsync();
            var before = fleet.Engines.Sum(e => e.Core.Generated);
            fleet.Script.Enqueue(new EngineFault(kind, cut));
            var seen = await AskAsync(stream);
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1 && seen.Attempts == 2, $"cut {cut}: {seen}");
            var lost = stream ? 0 : cut % Folded; // they lay in the shim when its engine died
            Assert.Equal(Tokens + lost, fleet.Engines.Sum(e => e.Core.Generated) - before);
        }
        output.WriteLine($"{kind}, {(stream ? "streamed" : "plain")}: {Tokens - 1} cuts, all identical");
    }

    private Task<ObservedAnswer> AskAsync(bool stream) => fleet.Gateway.Chat.AskAsync("Was zeigt das Bild?", stream, seed: 3);

    /// <summary>A gateway over two shims, each in front of a faked vLLM; for all tests of the class.</summary>
    public sealed class VllmFleet : IAsyncLifetime
    {
        private readonly List<ShimHost> _shims = [];

        internal ConcurrentQueue<EngineFault> Script { get; } = new();

        internal List<VllmFake> Engines { get; } = [];

        internal GatewayProcess Gateway { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                Engines.Add(await VllmFake.StartAsync(new EngineCore { Script = Script }));
                _shims.Add(await VllmShim.StartAsync(Engines[i], "--Engine:Vllm:Deterministic=true", $"--Engine:Model={ChatClient.Model}", $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000"));
            }
            Gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", .. CutFleet.Patient,
                $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}"]);
            await SettledAsync();
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (Gateway is not null)
                await Gateway.DisposeAsync();
            foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(Engines))
                await part.DisposeAsync();
        }

        internal Task<FleetView> SettledAsync() => Gateway.Fleet.UntilAsync(f =>
            f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.All(r => r.State is "Healthy" or "Suspect" && r.InFlight == 0));
    }
}
