using System.Globalization;
using System.Security.Cryptography;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Contenders;

/// <summary>Starts contenders, each with new replicas, so that no contender meets the faults of the one before it.</summary>
internal sealed class Starter(Scenario scenario)
{
    private readonly Topology _topology = scenario.Topology;
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<FaultProxy> _paths = [];
    private Replicas _replicas = null!;
    private DirectoryInfo? _ledgers;

    /// <summary>Starts a contender and waits until all its processes are ready.</summary>
    public async Task<Contender> StartAsync(ContenderKind kind, CancellationToken cancellation)
    {
        try
        {
            var topology = kind == ContenderKind.Single ? Alone(_topology) : _topology;
            var hasCables = scenario.Faults.Any(f => f.Do == FaultKind.Cut);
            _replicas = await Replicas.StartAsync(topology, RandomNumberGenerator.GetHexString(32), hasCables, cancellation);
            _parts.Add(_replicas);
            if (scenario.Faults.Any(f => f.IsInPath))
            {
                foreach (var replica in _replicas.All)
                    _paths.Add(await FaultProxy.StartAsync(replica.Address));
                _parts.InsertRange(0, _paths);
            }
            return kind switch
            {
                ContenderKind.Single => Named("single", "one replica, asked directly", Upstreams()[0]),
                ContenderKind.Yarp => Named("plain YARP", $"YARP 2.3 with its defaults, over {_topology.Replicas} replicas",
                    await Front(PlainProxy.StartAsync(Upstreams()), p => p.Address)),
                ContenderKind.Nginx => Named("Nginx", $"Nginx with its defaults, over {_topology.Replicas} replicas",
                    await Front(NginxProxy.StartAsync(Upstreams()), p => p.Address)),
                _ => await ClawdbotAsync(cancellation),
            };
        }
        catch
        {
            foreach (var part in _parts)
                await part.DisposeAsync();
            throw;
        }
    }

    private async Task<Contender> ClawdbotAsync(CancellationToken cancellation)
    {
        var gateways = new List<SupervisedProcess>();
        if (scenario.Ledger)
        {
            var folder = new TemporaryFolder("clawdbot-drill-ledger-");
            _parts.Add(folder);
            _ledgers = folder.Folder;
        }
        for (var i = 0; i < _topology.Gateways; i++)
        {
            gateways.Add(await SupervisedProcess.StartAsync(string.Create(CultureInfo.InvariantCulture, $"gateway-{i}"), GatewayAsync,
                TimeSpan.FromMilliseconds(_topology.RestartAfterMs)));
            _parts.Insert(0, gateways[i]);
        }
        foreach (var gateway in gateways)
            await gateway.ReadyAsync(cancellation);
        var front = gateways.Count == 1 ? gateways[0].Address
            : await Front(ShippedNginx.StartAsync(gateways.Select(g => g.Address)), n => n.Address);
        var what = gateways.Count == 1 ? "one gateway"
            : string.Create(CultureInfo.InvariantCulture, $"{gateways.Count} gateways behind Nginx");
        return Named("Clawdbot", $"{what}, over {_topology.Replicas} replicas", front, gateways);
    }

    private async Task<RunningProgram> GatewayAsync(Uri address)
    {
        var (program, _) = await RunningProgram.StartAsync(Repository.Program("Clawdbot.Gateway"),
        [
            $"--urls={address}", "--Edge:InternalUrl=http://127.0.0.1:0", .. TenantKeys.Settings(scenario.Load, _replicas.Secret),
            .. Upstreams().Select((r, i) => string.Create(CultureInfo.InvariantCulture, $"--Discovery:Replicas:{i}={r}")),
            .. LedgerSettings(address),
            .. _topology.GatewaySettings.Select(s => $"--{s.Key}={s.Value}"),
        ], line => line.Contains("Clawdbot serves at", StringComparison.Ordinal) ? line : null,
            new Dictionary<string, string> { ["Fleet__Secret"] = _replicas.Secret });
        return program;
    }

    private string[] LedgerSettings(Uri address) => _ledgers is { } folder
        ? [string.Create(CultureInfo.InvariantCulture, $"--Ledger:Path={Path.Combine(folder.FullName, $"{address.Port}.jsonl")}")]
        : [];

    private List<Uri> Upstreams() => [.. _paths.Count > 0 ? _paths.Select(p => p.Address) : _replicas.Addresses];

    private async Task<Uri> Front<T>(Task<T> starting, Func<T, Uri> address) where T : IAsyncDisposable
    {
        var front = await starting;
        _parts.Insert(0, front);
        return address(front);
    }

    private Contender Named(string name, string what, Uri address, IReadOnlyList<SupervisedProcess>? gateways = null) => new()
    {
        Name = name,
        Description = string.Create(CultureInfo.InvariantCulture,
            $"{what}; each replica {_topology.Capacity} answers at once, {_topology.TokensPerSecond} tokens/s each after "
            + $"{_topology.FirstTokenMs} ms, back {_topology.RestartAfterMs} ms after a death plus its start"),
        Address = address,
        ApiKey = _replicas.Secret,
        TenantKeys = gateways is null ? new Dictionary<string, string>() : TenantKeys.Of(scenario.Load, _replicas.Secret),
        Replicas = _replicas.All,
        Gateways = gateways ?? [],
        Paths = _paths,
        Cables = _replicas.Cables,
        Ledgers = _ledgers,
        Parts = _parts,
    };

    private static Topology Alone(Topology topology) => new()
    {
        Replicas = 1,
        Gateways = 0,
        Capacity = topology.Capacity,
        TokensPerSecond = topology.TokensPerSecond,
        FirstTokenMs = topology.FirstTokenMs,
        RestartAfterMs = topology.RestartAfterMs,
    };
}
