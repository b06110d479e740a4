namespace Clawdbot.Gateway.Telemetry;

/// <summary>What a room lets be observed: each one registered is called once, when the metrics are made.</summary>
/// <param name="Open">Adds its gauges and counters.</param>
internal sealed record MetricSource(Action<GatewayMetrics> Open);
