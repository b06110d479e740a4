namespace Clawdbot.InferenceShim.Telemetry;

/// <summary>Registers what is counted.</summary>
internal static class TelemetryRegistration
{
    public static void AddTelemetry(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<ShimMetrics>();
}
