using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Replicas;

/// <summary>Registers the services of this folder.</summary>
internal static class ReplicasRegistration
{
    public static void AddReplicas(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ReplicaTable>().AddSingleton<FleetLatency>().AddSingleton<Quarantine>();
        builder.Services.AddReadiness<RoutableCheck>("replicas");
    }
}
