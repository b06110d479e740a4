namespace Clawdbot.InferenceShim.Drain;

/// <summary>Registers how the shim stops.</summary>
internal static class DrainRoom
{
    public static void AddDrain(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<DrainOptions>().BindConfiguration(DrainOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<DrainOnStop>().AddHostedService(services => services.GetRequiredService<DrainOnStop>());
    }
}
