namespace Clawdbot.Gateway.StatusPage;

/// <summary>Registers the services of the status page.</summary>
internal static class StatusPageRegistration
{
    public static void AddStatusPage(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<FleetReport>().AddSingleton<StatusEndpoints>();
}
