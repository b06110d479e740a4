using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>
/// A gateway over three hostile replicas, for many cells of the table at once: each request says in its question which cell it is, and the first
/// replicas that take it misbehave as that cell wants, the same however often they are asked.
/// </summary>
internal sealed class MatrixFleet : IAsyncDisposable
{
    public const int Replicas = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Cell> _cells = new();
    private readonly ConcurrentDictionary<(Asked, bool), Task<ObservedAnswer>> _undisturbed = new();
    private readonly ConcurrentDictionary<string, HttpClient> _clients = new();
    private readonly SemaphoreSlim _atOnce = new(64);
    private readonly List<IAsyncDisposable> _parts = [];
    private int _next;

    public GatewayProcess Gateway { get; private set; } = null!;

    public List<HostileShim> Shims { get; } = [];

    /// <summary>The paths to the replicas.</summary>
    public List<FaultProxy> Paths { get; } = [];

    /// <summary>Starts one whose engines go on in this way, and waits until all replicas serve.</summary>
    public static async Task<MatrixFleet> StartAsync(ContinuationKind continuation = ContinuationKind.Ids, bool isRepeatable = false, params string[] arguments)
    {
        var fleet = new MatrixFleet();
        for (var i = 0; i < Replicas; i++)
        {
            var shim = await HostileShim.StartAsync();
            (shim.Capacity, shim.Continuation, shim.Repeatable, shim.Choose) = (64, continuation, isRepeatable, body => fleet.Choose(shim, body));
            fleet.Shims.Add(shim);
            fleet.Paths.Add(await FaultProxy.StartAsync(shim.Address));
        }
        fleet._parts.AddRange([.. fleet.Paths, .. fleet.Shims]);
        fleet.Gateway = await GatewayProcess.StartAsync(["--Failover:TotalSeconds=20", "--Failover:RetryBudgetFloor=10000", $"--Fleet:Secret={ShimHost.Secret}", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100", "--Health:SlowFactor=0", "--Health:SlowStartSeconds=0",
            "--Forwarding:FirstTokenMilliseconds=800", "--Forwarding:NextTokenMilliseconds=800", "--Forwarding:HeldBackMilliseconds=800", "--Failover:ReplicaWaitSeconds=2",
            .. fleet.Paths.Select((p, i) => string.Create(CultureInfo.InvariantCulture, $"--Discovery:Replicas:{i}={p.Address}")), .. arguments]);
        await fleet.HealthyAsync();
        return fleet;
    }

    public Task<FleetView> HealthyAsync() => Gateway.Fleet.UntilAsync(f => f.Replicas.Count == Replicas && f.Replicas.All(r => r.State == "Healthy"));

    /// <summary>What the client sees when the first replicas to take its request do this, one each.</summary>
    public async Task<string> OutcomeAsync(bool stream, Asked asked, params HostileFault[] faults)
    {
        await _atOnce.WaitAsync();
        try
        {
            var undisturbed = await _undisturbed.GetOrAdd((asked, stream), _ => SeeAsync(stream, asked));
            return Outcome.Of(undisturbed, await SeeAsync(stream, asked, faults));
        }
        finally
        {
            _atOnce.Release();
        }
    }

    /// <summary>One request.</summary>
    public async Task<ObservedAnswer> SeeAsync(bool stream, Asked asked, params HostileFault[] faults)
    {
        var name = Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);
        var cell = _cells[name] = new Cell(faults, stream);
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        return await new ChatClient(_clients.GetOrAdd(asked.Policy, Client)).SendAsync(ChatClient.Body($"\"{name}\"", stream, seed: 7, asked.More), stream, cell.Saw, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var part in _parts)
            await part.DisposeAsync();
        foreach (var client in _clients.Values)
            client.Dispose();
        _atOnce.Dispose();
    }

    private HttpClient Client(string policy)
    {
        var http = Clients.Create(Gateway.Address, null);
        if (policy.Length > 0)
            http.DefaultRequestHeaders.Add("X-Clawdbot-Continue", policy);
        return http;
    }

    private Misbehaviour? Choose(HostileShim shim, JsonElement body) =>
        _cells.TryGetValue(body.GetProperty("messages")[0].GetProperty("content").GetString()!, out var cell) ? cell.For(shim) : null;

    private sealed class Cell
    {
        private const int RoleAndText = 2;

        private readonly IReadOnlyList<HostileFault> _faults;
        private readonly List<HostileShim> _taken = [];
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Cell(IReadOnlyList<HostileFault> faults, bool stream)
        {
            _faults = faults;
            if (!stream)
                _seen.SetResult(); // it sees nothing before the end
        }

        public void Saw(int chunks)
        {
            if (chunks >= RoleAndText)
                _seen.TrySetResult();
        }

        public Misbehaviour? For(HostileShim shim)
        {
            lock (_taken)
            {
                if (!_taken.Contains(shim))
                    _taken.Add(shim);
                if (_taken.IndexOf(shim) is var place && place >= _faults.Count)
                    return null;
                return generation =>
                {
                    generation.Seen = _seen.Task.WaitAsync(generation.Http.RequestAborted);
                    return _faults[place].Do(generation);
                };
            }
        }
    }
}

/// <param name="Name">As the table has it.</param>
/// <param name="More">More of the request's body.</param>
/// <param name="Policy">The client's <c>X-Clawdbot-Continue</c>; empty for none.</param>
internal sealed record Asked(string Name, string More = "", string Policy = "")
{
    public static Asked Plainly { get; } = new("");
}
