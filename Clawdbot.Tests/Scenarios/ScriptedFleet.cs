using System.Collections.Concurrent;
using Clawdbot.Testing.Processes;
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

    public static Task<ScriptedFleet> StartAsync(int shims, params string[] arguments) => StartAsync(shims, _ => { }, arguments);

    /// <summary>Starts it; <paramref name="prepare"/> is given each shim before the gateway hears of it.</summary>
    public static async Task<ScriptedFleet> StartAsync(int shims, Action<HostileShim> prepare, params string[] arguments)
    {
        var fleet = new ScriptedFleet();
        for (var i = 0; i < shims; i++)
        {
            fleet.Shims.Add(await HostileShim.StartAsync(fleet.Script));
            prepare(fleet.Shims[i]);
        }
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

    /// <summary>From now on every generation, wherever it comes, gets this status.</summary>
    /// <param name="status">The status.</param>
    /// <param name="retryAfter">Seconds, <c>date</c> for 37 s as an HTTP date, or null for no such header.</param>
    public void RefuseAll(int status, string? retryAfter) => Shims.ForEach(s => s.Choose = _ => g =>
    {
        g.Http.Response.StatusCode = status;
        if (retryAfter is not null)
            g.Http.Response.Headers.RetryAfter = retryAfter == "date" ? TimeProvider.System.GetUtcNow().AddSeconds(37).ToString("r", System.Globalization.CultureInfo.InvariantCulture) : retryAfter;
        return Task.CompletedTask;
    });

    /// <summary>From now on they answer again.</summary>
    public void RefuseNobody() => Shims.ForEach(s => s.Choose = null);

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        foreach (var shim in Shims)
            await shim.DisposeAsync();
    }
}
