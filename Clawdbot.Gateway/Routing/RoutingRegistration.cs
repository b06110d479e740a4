using System.Security.Cryptography;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Routing;

/// <summary>Registers the services of this folder.</summary>
internal static class RoutingRegistration
{
    public static void AddRouting(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Random>(new LockedRandom(RandomNumberGenerator.GetInt32(int.MaxValue)));
        builder.Services.AddSettings<RoutingOptions>(RoutingOptions.Section);
        builder.Services.AddSingleton<LeastLoadedPicker>().AddSingleton<ReplicaPicker>();
        builder.Services.AddSingleton(services => new MetricSource(metrics =>
        {
            var picker = services.GetRequiredService<ReplicaPicker>();
            metrics.ObserveRouting(() => picker.Home, () => picker.Spilled, () => picker.Plain);
        }));
    }
}
