using System.Collections.Concurrent;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway over two real shims, each in front of a faked engine of its own, with a cable between that can be cut.</summary>
internal sealed class ContinuationFleet : IAsyncDisposable
{
    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    public const int Folded = 3;

    private readonly List<IAsyncDisposable> _parts = [];
    private string _model = "";

    /// <summary>What the next generations meet on their way to the gateway, one each.</summary>
    public ConcurrentQueue<Disturbance> Script { get; } = new();

    public List<EngineFake> Engines { get; } = [];

    public GatewayProcess Gateway { get; private set; } = null!;

    public ChatClient Chat { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    /// <param name="core">Makes an engine's core.</param>
    /// <param name="arguments">Of the shims.</param>
    public static Task<ContinuationFleet> StartAsync(Func<EngineCore> core, params string[] arguments) => StartAsync("openai", OpenAiFake.Model, () => new OpenAiFake(core()), arguments);

    /// <summary>Starts it.</summary>
    /// <param name="kind">Of the engines.</param>
    /// <param name="model">That they serve.</param>
    /// <param name="engine">Makes one.</param>
    /// <param name="arguments">Of the shims.</param>
    public static async Task<ContinuationFleet> StartAsync(string kind, string model, Func<EngineFake> engine, params string[] arguments)
    {
        var fleet = new ContinuationFleet { _model = model };
        for (var i = 0; i < 2; i++)
        {
            var fake = engine();
            await fake.ListenAsync();
            var shim = await ShimHost.StartAsync([$"--Engine:Kind={kind}", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off", $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000", .. arguments]);
            fleet._parts.AddRange([await FaultProxy.StartAsync(shim.Address, fleet.Script), shim, fake]);
            fleet.Engines.Add(fake);
        }
        var proxies = fleet._parts.OfType<FaultProxy>().ToList();
        fleet.Gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", .. CutFleet.Patient, "--Failover:ReplicaWaitSeconds=2",
            $"--Discovery:Replicas:0={proxies[0].Address}", $"--Discovery:Replicas:1={proxies[1].Address}"]);
        fleet.Chat = new ChatClient(fleet.Gateway.Http, model);
        await fleet.SettledAsync();
        return fleet;
    }

    /// <summary>Nothing runs, and both replicas may be asked.</summary>
    public Task<FleetView> SettledAsync() => Gateway.Fleet.UntilAsync(f =>
        f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.All(r => r.State is "Healthy" or "Suspect" && r.InFlight == 0));

    /// <summary>Asks, with a seed unless it is null; on its way the answer meets <paramref name="disturbances"/>, one for each attempt.</summary>
    public async Task<ObservedAnswer> AskAsync(bool stream, string more = "", long? seed = 3, params Disturbance[] disturbances)
    {
        await ScriptAsync(disturbances);
        return await Chat.SendAsync(ChatClient.Body("\"hi\"", stream, seed, more, _model), stream);
    }

    /// <summary>The same of a client that wants its answer to go on in one way only: its <c>X-Clawdbot-Continue</c>.</summary>
    public async Task<ObservedAnswer> AskAsync(string? policy, bool stream, params Disturbance[] disturbances)
    {
        using var http = Clients.Create(Gateway.Address, null);
        if (policy is not null)
            http.DefaultRequestHeaders.Add("X-Clawdbot-Continue", policy);
        await ScriptAsync(disturbances);
        return await new ChatClient(http, _model).SendAsync(ChatClient.Body("\"hi\"", stream, seed: 3, model: _model), stream);
    }

    private async Task ScriptAsync(Disturbance[] disturbances)
    {
        await SettledAsync();
        foreach (var disturbance in disturbances)
            Script.Enqueue(disturbance);
    }

    /// <summary>Forgets what the engines were sent until now.</summary>
    public void ForgetBodies() => Engines.ForEach(e => e.Core.Bodies.Clear());

    /// <summary>Bodies that the engines were sent, oldest first of each.</summary>
    public IEnumerable<string> Bodies => Engines.SelectMany(e => e.Core.Bodies);

    public long Generated => Engines.Sum(e => e.Core.Generated);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var part in _parts)
            await part.DisposeAsync();
    }
}
