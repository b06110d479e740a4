using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>What every run uses; one for all requests.</summary>
internal sealed class FailoverServices(
    ReplicaSearch search, AttemptRunner runner, Hedges hedges, RetryBudget budget, ExclusivePlacement placement,
    PoisonQuarantine poisonQuarantine, AdmissionQueue admission, GatewayMetrics metrics, IOptions<FailoverOptions> options,
    TimeProvider time)
{
    /// <summary>Decides.</summary>
    public FailoverPolicy Policy { get; } = new(options.Value);

    /// <summary>Finds replicas.</summary>
    public ReplicaSearch Search => search;

    /// <summary>Makes attempts.</summary>
    public AttemptRunner Runner => runner;

    /// <summary>Says when a second replica is asked.</summary>
    public Hedges Hedges => hedges;

    /// <summary>What retries and hedges are paid from.</summary>
    public RetryBudget Budget => budget;

    /// <summary>Gives suspects a replica of their own.</summary>
    public ExclusivePlacement Placement => placement;

    /// <summary>Requests that replicas die of.</summary>
    public PoisonQuarantine PoisonQuarantine => poisonQuarantine;

    /// <summary>Where a request waits that met full replicas.</summary>
    public AdmissionQueue Admission => admission;

    /// <summary>Metrics.</summary>
    public GatewayMetrics Metrics => metrics;

    /// <summary>Settings.</summary>
    public FailoverOptions Options => options.Value;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Answers one admitted request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="writer">Where the answer goes.</param>
    /// <param name="client">Cancelled when nobody wants the answer any more.</param>
    /// <returns>How it ended.</returns>
    public async Task<RequestEnd> RunAsync(RequestContext context, IResponseWriter writer, CancellationToken client)
    {
        budget.RequestCame();
        await using var run = new FailoverRun(this, context, writer, client);
        return await run.RunAsync();
    }
}
