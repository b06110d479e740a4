using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Health;

/// <summary>The services that <see cref="FleetMonitor"/> uses.</summary>
/// <param name="Table">Holds the set of replicas that is published.</param>
/// <param name="Listener">Reads the status streams.</param>
/// <param name="Consent">Allows shims to recycle their engines.</param>
/// <param name="Quarantine">Keeps the lists of quarantined requests of gateways and shims the same.</param>
/// <param name="Demand">Tells shims how many places are wanted.</param>
/// <param name="Judge">Weighs soft evidence.</param>
/// <param name="Metrics">Metrics.</param>
internal sealed record HealthServices(
    ReplicaTable Table, StatusListener Listener, RecycleConsent Consent, QuarantineSync Quarantine, DemandReporter Demand,
    FleetJudge Judge, GatewayMetrics Metrics);
