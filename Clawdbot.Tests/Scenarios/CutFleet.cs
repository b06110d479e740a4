using System.Collections.Concurrent;
using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway over two real shims with the embedded engine, each behind a cable that a script cuts; for all tests of a class.</summary>
public sealed class CutFleet : IAsyncLifetime
{
    /// <summary>Tokens that travel together to a client that does not stream.</summary>
    internal const int Folded = 3;

    /// <summary>And what cables do is held against no replica for long: each generation more than the script makes would fail a test that counts them.</summary>
    internal static readonly string[] Patient = [.. SharedGateway.Trusting, "--Failover:ReplicaWaitSeconds=60", "--Failover:RetryBudgetFloor=10000", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100", "--Health:SlowFactor=0"];

    private readonly List<IAsyncDisposable> _parts = [];

    /// <summary>What the next generations meet on their way to the gateway, one each.</summary>
    internal ConcurrentQueue<Disturbance> Script { get; } = new();

    internal GatewayProcess Gateway { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var addresses = new List<Uri>();
        for (var i = 0; i < 2; i++)
        {
            var shim = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0",
                $"--Api:FoldTokens={Folded}", "--Api:FoldMilliseconds=60000");
            var proxy = await FaultProxy.StartAsync(shim.Address, Script);
            _parts.AddRange([proxy, shim]);
            addresses.Add(proxy.Address);
        }
        Gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", .. Patient, $"--Discovery:Replicas:0={addresses[0]}", $"--Discovery:Replicas:1={addresses[1]}"]);
        await SettledAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var part in _parts)
            await part.DisposeAsync();
    }

    /// <summary>Nothing runs, and the shims have told of as many generations as there must have been.</summary>
    internal Task<FleetView> SettledAsync(long generations = 0) => Gateway.Fleet.UntilAsync(f =>
        f.Replicas.Count == 2 && f.Active == 0 && f.Replicas.Sum(r => r.Generations) >= generations && f.Replicas.All(r => r.State is "Healthy" or "Suspect" && r.InFlight == 0));
}
