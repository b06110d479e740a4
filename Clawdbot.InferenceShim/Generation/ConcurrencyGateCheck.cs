using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Ready as long as new requests are welcome. A full shim is ready: saturated is not sick.</summary>
internal sealed class ConcurrencyGateCheck(ConcurrencyGate gate) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var (verdict, reason) = gate.Verdict;
        return Task.FromResult(verdict == ShimVerdict.Ready ? HealthCheckResult.Healthy(reason) : HealthCheckResult.Unhealthy(reason));
    }
}
