using System.Collections.Concurrent;
using Clawdbot.Drill.Load;
using Clawdbot.Drill.Processes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A client's answer whose vLLM dies at every token in turn: gateway, shims and the engines' dialect together.</summary>
public sealed class VllmCutTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Twelve of the core's, two each, and the end's.</summary>
    private const int Tokens = 25;

    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    private const int Folded = 3;

    private readonly ConcurrentQueue<EngineFault> _script = new();
    private readonly List<VllmFake> _engines = [];
    private readonly List<IAsyncDisposable> _parts = [];
    private GatewayProcess _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _engines.Add(await VllmFake.StartAsync(new EngineCore { Script = _script }));
            _parts.Add(await VllmShim.StartAsync(_engines[i], "--Engine:Vllm:Deterministic=true", $"--Engine:Model={ChatClient.Model}", $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000"));
        }
        _gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100",
            $"--Discovery:Replicas:0={((ShimHost)_parts[0]).Address}", $"--Discovery:Replicas:1={((ShimHost)_parts[1]).Address}");
        await SettledAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var part in _parts.Concat(_engines))
            await part.DisposeAsync();
    }

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
            await SettledAsync();
            var before = _engines.Sum(e => e.Core.Generated);
            _script.Enqueue(new EngineFault(kind, cut));
            var seen = await AskAsync(stream);
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1 && seen.Attempts == 2, $"cut {cut}: {seen}");
            var lost = stream ? 0 : cut % Folded; // they lay in the shim when its engine died
            Assert.Equal(Tokens + lost, _engines.Sum(e => e.Core.Generated) - before);
        }
        output.WriteLine($"{kind}, {(stream ? "streamed" : "plain")}: {Tokens - 1} cuts, all identical");
    }

    private Task<SeenAnswer> AskAsync(bool stream) => _gateway.Chat.AskAsync("Was zeigt das Bild?", stream, seed: 3);

    private Task<FleetView> SettledAsync() => _gateway.Fleet.UntilAsync(f =>
        f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.All(r => r.State is "Healthy" or "Suspect" && r.InFlight == 0));
}
