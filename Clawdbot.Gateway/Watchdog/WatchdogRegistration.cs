using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Watchdog;

/// <summary>Registers the services of this folder.</summary>
internal static class WatchdogRegistration
{
    public static void AddWatchdog(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<WatchdogOptions>(WatchdogOptions.Section);
        builder.Services.AddSystemd(); // under systemd only: says when the gateway is ready, and lets the watchdog report
        builder.Services.AddHostedService<StandstillWatchdog>();
    }
}
