using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;

namespace Clawdbot.Gateway.Discovery;

/// <summary>Replicas that configuration names, directly or by a name that service discovery resolves.</summary>
internal sealed partial class ConfiguredReplicas(
    IOptions<DiscoveryOptions> options, ServiceEndpointResolver resolver, TimeProvider time, ILogger<ConfiguredReplicas> log)
    : IReplicaSource
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation)
    {
        var lists = new IReadOnlyList<ReplicaEndpoint>[options.Value.Replicas.Count];
        Array.Fill(lists, []);
        var gate = new Lock();
        return Task.WhenAll(options.Value.Replicas.Select((name, i) => WatchAsync(name, endpoints =>
        {
            lock (gate)
            {
                lists[i] = endpoints;
                publish([.. lists.SelectMany(l => l).DistinctBy(e => e.Id)]);
            }
        }, cancellation)));
    }

    private async Task WatchAsync(string name, Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var source = await resolver.GetEndpointsAsync(name, cancellation);
                publish(Endpoints(new Uri(name), [.. source.Endpoints.Select(e => e.EndPoint)]));
                await ChangeAsync(source.ChangeToken, cancellation);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // The last list stays published: the replicas may run although the registry does not answer.
                Unresolved(log, name, fault.Message);
                await Task.Delay(RetryDelay, time, cancellation);
            }
        }
    }

    /// <summary>
    /// The replicas at the endpoints of a name. A name that configuration maps to one address is the replica's id: operators know
    /// <c>replica-0</c>, not a port. Behind a DNS name the number of addresses changes, so there each address is its own id.
    /// </summary>
    private static IReadOnlyList<ReplicaEndpoint> Endpoints(Uri name, IReadOnlyList<EndPoint> endpoints) =>
        endpoints is [UriEndPoint single] && single.Uri.Authority != name.Authority
            ? [new ReplicaEndpoint(name.Host, "configured", single.Uri)]
            : [.. endpoints.Select(e => Address(e, name.Scheme))
                .Select(address => new ReplicaEndpoint(address.Authority, "configured", address))];

    private static Uri Address(EndPoint endpoint, string scheme) => endpoint switch
    {
        UriEndPoint uri => uri.Uri,
        DnsEndPoint { Port: > 0 } dns => new Uri($"{scheme}://{dns.Host}:{dns.Port}"),
        DnsEndPoint dns => new Uri($"{scheme}://{dns.Host}"),
        _ => new Uri($"{scheme}://{endpoint}"),
    };

    private static async Task ChangeAsync(IChangeToken token, CancellationToken cancellation)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = token.RegisterChangeCallback(_ => changed.TrySetResult(), null);
        await changed.Task.WaitAsync(cancellation);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Replica source {Name} can't be resolved; the last known list stays. {Reason}")]
    private static partial void Unresolved(ILogger logger, string name, string reason);
}
