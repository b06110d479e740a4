using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Reports ready as long as new requests are taken. A full shim is ready too: saturated is not sick.</summary>
internal sealed class ConcurrencyGateCheck(ConcurrencyGate gate) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (verdict, reason) = gate.Verdict;
        return Task.FromResult(verdict == ShimVerdict.Ready ? HealthCheckResult.Healthy(reason) : HealthCheckResult.Unhealthy(reason));
    }
}
