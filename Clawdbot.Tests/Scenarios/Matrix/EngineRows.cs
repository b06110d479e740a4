using System.Collections.Concurrent;
using System.Globalization;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>The part of the table that engines fill which say that they are well: their shims find out. The gateway's own clocks don't help.</summary>
internal sealed class EngineRows : IAsyncDisposable
{
    private const int Engines = 3;

    private readonly ConcurrentQueue<EngineFault> _script = new();
    private readonly List<VllmFake> _engines = [];
    private readonly List<ShimHost> _shims = [];
    private GatewayProcess _gateway = null!;
    private Func<int, Task> _tokenDelay = _ => Task.CompletedTask;
    private int _pictures;
    private int _questions;

    public static async Task<string> AllAsync()
    {
        await using var rows = new EngineRows();
        await rows.StartAsync();
        return MarkdownTable.Of(["the engine of a replica ...", "when", "on one: streamed", "plain", "on all but one: streamed", "plain"],
        [
            await rows.LieAsync("takes requests, answers `/health`, runs nothing (dead input thread)", "before", EngineFaultKind.DeadInput, 0),
            await rows.LieAsync("stops generating, its counters frozen", "after", EngineFaultKind.Silence, 7),
            await rows.LieAsync("reports an error under 200", "after", EngineFaultKind.ErrorEvent, 7),
            await rows.PoisonedPictureAsync(),
            await rows.BusyAsync(),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var part in _shims.Cast<IAsyncDisposable>().Concat(_engines))
            await part.DisposeAsync();
    }

    private async Task StartAsync()
    {
        for (var i = 0; i < Engines; i++)
        {
            _engines.Add(await VllmFake.StartAsync(
                new EngineCore { Script = _script, Places = 2, TokenDelay = token => _tokenDelay(token) }));
            _shims.Add(await VllmShim.StartAsync(_engines[i], $"--Engine:Model={ChatClient.Model}", "--Engine:Vllm:Deterministic=true", "--Engine:Capacity=16",
                "--Liveness:FrozenSeconds=2", "--Liveness:DeadInputSeconds=2"));
        }
        _gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Forwarding:NextTokenMilliseconds=600000", "--Forwarding:FirstTokenMilliseconds=600000",
            "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100", "--Failover:RetryBudgetFloor=10000",
            .. _shims.Select((s, i) => string.Create(CultureInfo.InvariantCulture, $"--Discovery:Replicas:{i}={s.Address}"))]);
        await SettledAsync();
    }

    private Task<FleetView> SettledAsync() => _gateway.Fleet.UntilAsync(f =>
        f.Replicas.Count == Engines && f.Active == 0 && f.Replicas.All(r => r.State == "Healthy" && r.InFlight == 0));

    private async Task<IEnumerable<string>> LieAsync(string name, string when, EngineFaultKind kind, int tokens)
    {
        var row = new List<string> { name, when };
        for (var lying = 1; lying < Engines; lying++)
        {
            foreach (var stream in (bool[])[true, false])
            {
                await SettledAsync();
                var question = $"hi {++_questions}"; // one that two engines died of would be refused from then on
                var undisturbed = await _gateway.Chat.AskAsync(question, stream);
                for (var i = 0; i < lying; i++)
                    _script.Enqueue(new EngineFault(kind, tokens));
                var seen = await _gateway.Chat.AskAsync(question, stream);
                row.Add(_script.IsEmpty ? Outcome.Of(undisturbed, seen) : $"{Outcome.Defect}: the fault was not met");
                _script.Clear();
            }
        }
        return row;
    }

    /// <summary>A picture that an engine has cached fails there ever after.</summary>
    private async Task<IEnumerable<string>> PoisonedPictureAsync()
    {
        var row = new List<string> { "has spoiled a picture in its cache (500 for that one alone)", "before" };
        for (var poisoned = 1; poisoned < Engines; poisoned++)
        {
            foreach (var stream in (bool[])[true, false])
            {
                await SettledAsync();
                var picture = Pictures.Png(16, 16, ((byte)++_pictures, 10, 10));
                var undisturbed = await _gateway.Chat.AskAboutAsync(picture, "What is it?", stream);
                // The one that has cached it is the one that is asked again.
                var url = $"data:image/png;base64,{Convert.ToBase64String(picture)}";
                _engines.OrderByDescending(e => e.Core.Bodies.Any(b => b.Contains(url, StringComparison.Ordinal))).Take(poisoned).ToList().ForEach(e => e.Core.Poisoned[url] = true);
                var seen = new List<ObservedAnswer>();
                while (seen.Count < 50 && !seen.Any(s => s.Attempts > 1))
                    seen.Add(await _gateway.Chat.AskAboutAsync(picture, "What is it?", stream));
                row.Add(seen[^1].Attempts > 1 ? Outcome.Together(seen.Select(s => Outcome.Of(undisturbed, s))) : $"{Outcome.Defect}: the fault was not met");
            }
        }
        return row;
    }

    /// <summary>Requests wait in the engines for longer than a dead input thread would be given, and nobody is ejected.</summary>
    private async Task<IEnumerable<string>> BusyAsync()
    {
        await SettledAsync();
        var undisturbed = new[] { await _gateway.Chat.AskAsync("hello", stream: true), await _gateway.Chat.AskAsync("hello", stream: false) };
        _tokenDelay = _ => Task.Delay(TimeSpan.FromMilliseconds(120), TimeProvider.System);
        var asked = Enumerable.Range(0, 24).Select(i => _gateway.Chat.AskAsync("hello", stream: i % 2 == 0)).ToList();
        var all = Task.WhenAll(asked);
        var fleet = await _gateway.Fleet.UntilAsync(f => all.IsCompleted || f.Replicas.Any(r => r.State is not ("Healthy" or "Suspect")));
        var seen = await all;
        Assert.All(fleet.Replicas, r => Assert.True(r.State == "Healthy", $"{r.Id} was only busy and is {r.State}: {r.Reason}"));
        var (streamed, plain) = (Cell(0), Cell(1));
        return ["is busy: requests wait in it for 4 s", "before", "–", "–", streamed, plain];

        string Cell(int stream) => Outcome.Together(seen.Where((_, i) => i % 2 == stream).Select(s => Outcome.Of(undisturbed[stream], s)));
    }
}
