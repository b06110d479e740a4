using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>The services that every run uses; one object for all requests.</summary>
/// <param name="Search">Finds replicas.</param>
/// <param name="Runner">Makes attempts.</param>
/// <param name="Hedges">Says when a second replica is asked.</param>
/// <param name="Budget">What retries and hedges are paid from.</param>
/// <param name="Placement">Gives suspects a replica of their own.</param>
/// <param name="PoisonQuarantine">Refuses requests that are proven to kill replicas.</param>
/// <param name="Admission">The queue in which a request waits that met full replicas.</param>
/// <param name="Metrics">Metrics.</param>
/// <param name="Settings">Settings, as the container has them.</param>
/// <param name="Time">The clock.</param>
internal sealed record FailoverServices(
    ReplicaSearch Search, AttemptRunner Runner, Hedges Hedges, RetryBudget Budget, ExclusivePlacement Placement,
    PoisonQuarantine PoisonQuarantine, AdmissionQueue Admission, GatewayMetrics Metrics, IOptions<FailoverOptions> Settings,
    TimeProvider Time)
{
    /// <summary>Decides what a run does next.</summary>
    public FailoverPolicy Policy { get; } = new(Settings.Value);

    /// <summary>Settings.</summary>
    public FailoverOptions Options => Settings.Value;

    /// <summary>Answers one admitted request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="writer">Writes the answer.</param>
    /// <param name="client">Cancelled when no client wants the answer any more.</param>
    /// <returns>How it ended.</returns>
    public async Task<RequestEnd> RunAsync(RequestContext context, IResponseWriter writer, CancellationToken client)
    {
        Budget.RequestCame();
        await using var run = new FailoverRun(this, context, writer, client);
        return await run.RunAsync();
    }
}
