namespace Clawdbot.Gateway.StatusPage;

/// <summary>What the container holds of this room.</summary>
internal static class StatusPageRegistration
{
    public static void AddStatusPage(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<FleetReport>().AddSingleton<StatusEndpoints>();
}
