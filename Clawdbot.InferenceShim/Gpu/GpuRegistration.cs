using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Registers who watches the engine's GPUs.</summary>
internal static class GpuRegistration
{
    /// <summary>The verdict listens before the first reading.</summary>
    public static void AddGpus(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<GpuOptions>(GpuOptions.Section);
        builder.Services.AddSingleton<GpuReading>().AddSingleton<GpuMetrics>();
        builder.Services.AddHostedService<GpuVerdict>().AddHostedService(services =>
        {
            _ = services.GetRequiredService<GpuMetrics>(); // nobody else asks for it
            return services.GetRequiredService<GpuReading>();
        });
    }
}
