using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Clawdbot.Gateway.Replicas;

/// <summary>Readiness check: healthy as long as a request could be routed and the gateway does not stop.</summary>
internal sealed class RoutableCheck(ReplicaTable table, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var set = table.Current;
        var facts = $"{set.Routable.Length} of {set.All.Length} replicas serve";
        return Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping")
            : set.Routable.IsEmpty ? HealthCheckResult.Unhealthy(facts)
            : HealthCheckResult.Healthy(facts));
    }
}
