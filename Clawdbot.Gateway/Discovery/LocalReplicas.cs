using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Discovery;

/// <summary>
/// Shim processes that this gateway starts on free loopback ports, watches, starts again when dead, and stops with itself.
/// </summary>
internal sealed class LocalReplicas : IReplicaSource, IDisposable
{
    private readonly LocalReplica[] _replicas;
    private readonly ProcessThread _thread = new();

    public LocalReplicas(
        IOptions<DiscoveryOptions> options, IOptions<FleetOptions> fleet, IConfiguration configuration, ReplicaTable table,
        TimeProvider time, ILoggerFactory logs)
    {
        var starter = new ShimStarter(new ShimCommand(configuration, fleet.Value), _thread);
        _replicas = [.. Enumerable.Range(0, options.Value.LocalReplicas ?? 0).Select(i =>
            new LocalReplica($"local-{i}", starter, table, options.Value, time, logs.CreateLogger($"local-{i}")))];
    }

    /// <inheritdoc/>
    public async Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation)
    {
        var gate = new Lock();
        await Task.WhenAll(_replicas.Select(replica => replica.RunAsync(() =>
        {
            lock (gate)
                publish([.. _replicas.Select(r => r.Endpoint)]);
        }, cancellation)));
    }

    /// <summary>Kills a replica's process with SIGKILL; false when there is no such replica or it does not run.</summary>
    public bool Kill(string id) => _replicas.FirstOrDefault(r => r.Endpoint.Id == id)?.Kill() ?? false;

    /// <inheritdoc/>
    public void Dispose() => _thread.Dispose();
}
