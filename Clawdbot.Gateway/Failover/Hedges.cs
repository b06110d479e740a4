using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Decides whether and when a second replica is asked because the first is slow: after the time in which 19 of 20 first tokens of such
/// prompts come in this fleet (before enough was seen: after a default that grows with the prompt), as long as no request waits for a
/// place, and paid from the retry budget.
/// </summary>
/// <param name="fleet">How fast the fleet answers.</param>
/// <param name="table">The fleet.</param>
/// <param name="budget">What a hedge is paid from.</param>
/// <param name="metrics">Metrics.</param>
/// <param name="options">Settings.</param>
/// <param name="queued">Number of requests that wait for a place.</param>
internal sealed class Hedges(
    FleetLatency fleet, ReplicaTable table, RetryBudget budget, GatewayMetrics metrics, IOptions<FailoverOptions> options, Func<int> queued)
{
    /// <summary>Factor on the default time to a first token, while too little was seen for figures of the fleet.</summary>
    private const int ColdPatience = 3;

    /// <summary>Makes the arbiter for a first attempt on <paramref name="first"/>; null when it is not to be hedged.</summary>
    public HedgeArbiter? Open(Replica first, GenerationRequest request)
    {
        if (!options.Value.Hedge || table.Current.Routable.Length < 2)
            return null;
        // Without figures the wait is longer, because an engine may be at its first request.
        var usual = fleet.Of(first.Model)?.FirstToken(request.Prompt) ?? ColdPatience * LatencyFigures.Cold.FirstToken(request.Prompt);
        var floor = TimeSpan.FromMilliseconds(options.Value.HedgeFloorMilliseconds);
        return new HedgeArbiter(usual > floor ? usual : floor);
    }

    /// <summary>
    /// Whether <paramref name="second"/> may be asked too, now that the first token is late; if so, it is paid from the retry budget.
    /// </summary>
    public bool Allows(Replica second)
    {
        if (queued() > 0 || second.Live.Load >= second.Capacity)
            return false;
        if (budget.TrySpend(isHedge: true))
        {
            metrics.Hedged();
            return true;
        }
        metrics.RetryRefused("hedge");
        return false;
    }

    /// <summary>Counts the first token of a request that was hedged.</summary>
    public void Decided(bool bySecond) => metrics.HedgeDecided(bySecond);
}
