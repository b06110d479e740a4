using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Drain;

/// <summary>Registers what drains the shim when it stops.</summary>
internal static class DrainRegistration
{
    public static void AddDrain(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<DrainOptions>(DrainOptions.Section);
        builder.Services.AddSingleton<DrainOnStop>().AddHostedService(services => services.GetRequiredService<DrainOnStop>());
    }
}
