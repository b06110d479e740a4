namespace Clawdbot.InferenceShim.Telemetry;

/// <summary>Registers the shim's metrics.</summary>
internal static class TelemetryRegistration
{
    public static void AddTelemetry(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ShimMetrics>();
}
