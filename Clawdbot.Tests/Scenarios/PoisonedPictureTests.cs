using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A picture that one engine's cache has spoiled: gateway, shims and engines together.</summary>
public sealed class PoisonedPictureTests(PoisonedPictureTests.PictureFleet fleet) : IClassFixture<PoisonedPictureTests.PictureFleet>
{
    /// <summary>So often chance is not against it.</summary>
    private const int Many = 200;

    private static readonly byte[] Poisoned = Pictures.Png(32, 32, (200, 10, 10));

    private readonly List<VllmFake> _engines = fleet.Engines;
    private readonly List<FleetCaller> _callers = fleet.Callers;

    private static string Url => $"data:image/png;base64,{Convert.ToBase64String(Poisoned)}";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_request_succeeds_elsewhere_that_pair_is_avoided_others_go_there_still_and_the_avoidance_ends(bool stream)
    {
        await fleet.NothingAvoidedAsync();
        _engines[0].Core.Poisoned[Url] = true;

        // Until chance sends it there it is well; then it fails there once, and the client sees nothing of it.
        for (var i = 0; (await _callers[0].StatusAsync(_ => true)).Avoid is null; i++)
            Assert.True((await AboutAsync(Poisoned, stream)).Whole && i < Many);
        Assert.Equal([PictureHashes.Of(System.Text.Encoding.UTF8.GetBytes(Url))], (await _callers[0].StatusAsync(_ => true)).Avoid!);
        Assert.Null((await _callers[1].StatusAsync(_ => true)).Avoid);

        var (avoiding, elsewhere) = (_engines[0].Core.Bodies.Count, _engines[1].Core.Bodies.Count);
        for (var i = 0; i < 6; i++)
        {
            var seen = await AboutAsync(Poisoned, stream);
            Assert.True(seen is { Whole: true, Attempts: 1 }, $"{seen}");
        }
        Assert.Equal((avoiding, elsewhere + 6), (_engines[0].Core.Bodies.Count, _engines[1].Core.Bodies.Count));

        for (var i = 0; _engines[0].Core.Bodies.Count == avoiding; i++)
            Assert.True((await AboutAsync(Pictures.Png(8, 8, ((byte)i, 1, 1)), stream)).Whole && i < Many);

        _engines[0].Core.Poisoned.Clear();
        await _callers[0].StatusAsync(s => s.Avoid is null);
        var before = _engines[0].Core.Bodies.Count(b => b.Contains("iVBOR", StringComparison.Ordinal));
        for (var i = 0; _engines[0].Core.Bodies.Count(b => b.Contains("iVBOR", StringComparison.Ordinal)) == before; i++)
            Assert.True((await AboutAsync(Poisoned, stream)) is { Whole: true, Attempts: 1 } && i < Many);
    }

    [Fact]
    public async Task Where_every_replica_avoids_it_it_is_tried_all_the_same()
    {
        await fleet.NothingAvoidedAsync();
        _engines.ForEach(e => e.Core.Poisoned[Url] = true);
        Assert.False((await AboutAsync(Poisoned, stream: true)).Whole);
        _engines.ForEach(e => e.Core.Poisoned.Clear());
        foreach (var caller in _callers)
            await caller.StatusAsync(s => s.Avoid is not null);

        Assert.True((await AboutAsync(Poisoned, stream: true)).Whole);
    }

    private async Task<ObservedAnswer> AboutAsync(byte[] picture, bool stream)
    {
        await fleet.SettledAsync();
        return await fleet.Gateway.Chat.AskAboutAsync(picture, "Was zeigt das Bild?", stream);
    }

    /// <summary>A gateway over two shims, each in front of a faked vLLM that may spoil pictures; for all tests of the class.</summary>
    public sealed class PictureFleet : IAsyncLifetime
    {
        private readonly List<ShimHost> _shims = [];

        internal List<VllmFake> Engines { get; } = [];

        internal List<FleetCaller> Callers { get; } = [];

        internal GatewayProcess Gateway { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                Engines.Add(await VllmFake.StartAsync());
                _shims.Add(await VllmShim.StartAsync(Engines[i], $"--Engine:Model={ChatClient.Model}", "--Liveness:AvoidSeconds=15"));
                Callers.Add(new FleetCaller(_shims[i].Address));
            }
            // Chance has to send the picture to the one that spoils it: it is not to have a home.
            Gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Routing:Affinity=false", .. CutFleet.Patient,
                $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}"]);
            await SettledAsync();
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (Gateway is not null)
                await Gateway.DisposeAsync();
            Callers.ForEach(c => c.Dispose());
            foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(Engines))
                await part.DisposeAsync();
        }

        internal Task<FleetView> SettledAsync() => Gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.All(r => r.State == "Healthy" && r.InFlight == 0));

        /// <summary>No engine spoils a picture, and what was avoided is so no more.</summary>
        internal async Task NothingAvoidedAsync()
        {
            Engines.ForEach(e => e.Core.Poisoned.Clear());
            foreach (var caller in Callers)
                await caller.StatusAsync(s => s.Avoid is null);
        }
    }
}
