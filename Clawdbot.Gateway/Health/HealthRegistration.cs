using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Health;

/// <summary>Registers the services of this folder.</summary>
internal static class HealthRegistration
{
    public static void AddHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<HealthOptions>(HealthOptions.Section);
        builder.Services.AddOptions<HealthOptions>().Validate(o => o.SlowFactor is 0 or >= 1.5,
            "Health:SlowFactor must be 0 (nobody is too slow) or at least 1.5: less than that tells no replica from another.");
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<StatusListener>(
            services, services.GetRequiredService<IOptions<HealthOptions>>().Value));
        builder.Services.AddSingleton<RecycleConsent>().AddSingleton<QuarantineSync>().AddSingleton<DemandReporter>()
            .AddSingleton<FleetJudge>();
        builder.Services.AddSingleton<HealthServices>();
        builder.Services.AddHostedService<FleetMonitor>();
    }
}
