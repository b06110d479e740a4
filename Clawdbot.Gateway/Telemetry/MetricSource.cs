namespace Clawdbot.Gateway.Telemetry;

/// <summary>Adds the metrics of one part of the gateway; each one registered is called once, when the metrics are made.</summary>
/// <param name="Open">Adds gauges and counters.</param>
internal sealed record MetricSource(Action<GatewayMetrics> Open);
