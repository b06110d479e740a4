using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Registers what watches the engine's GPUs.</summary>
internal static class GpuRegistration
{
    /// <summary>Registers the verdict first, so that it listens before the first reading.</summary>
    public static void AddGpus(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<GpuOptions>(GpuOptions.Section);
        builder.Services.AddSingleton<GpuReading>().AddSingleton<GpuMetrics>();
        builder.Services.AddHostedService<GpuVerdict>().AddHostedService(services =>
        {
            _ = services.GetRequiredService<GpuMetrics>(); // nothing else makes it
            return services.GetRequiredService<GpuReading>();
        });
    }
}
