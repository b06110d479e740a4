using System.Collections.Concurrent;
using Clawdbot.Drill.Processes;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway over hostile shims, each with a script of its own or all with one.</summary>
internal sealed class ScriptedFleet : IAsyncDisposable
{
    public ConcurrentQueue<Misbehaviour> Script { get; } = new();

    public List<HostileShim> Shims { get; } = [];

    public GatewayProcess Gateway { get; private set; } = null!;

    public int Generations => Shims.Sum(s => s.Generations);

    public static async Task<ScriptedFleet> StartAsync(int shims, params string[] arguments)
    {
        var fleet = new ScriptedFleet();
        for (var i = 0; i < shims; i++)
            fleet.Shims.Add(await HostileShim.StartAsync(fleet.Script));
        fleet.Gateway = await fleet.GatewayAsync(arguments);
        return fleet;
    }

    /// <summary>A gateway over these shims, the fleet's own or another one.</summary>
    public async Task<GatewayProcess> GatewayAsync(params string[] arguments)
    {
        var gateway = await GatewayProcess.StartAsync([$"--Fleet:Secret={ShimHost.Secret}", "--Failover:ReplicaWaitSeconds=5",
            .. Shims.Select((s, i) => $"--Discovery:Replicas:{i}={s.Address}"), .. arguments]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == Shims.Count && f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }

    /// <summary>The next generation, wherever it comes, gets this status.</summary>
    public void Refuse(int status, int? retryAfterSeconds = null) => Script.Enqueue(g =>
    {
        g.Http.Response.StatusCode = status;
        if (retryAfterSeconds is { } seconds)
            g.Http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var shim in Shims)
            await shim.DisposeAsync();
    }
}
