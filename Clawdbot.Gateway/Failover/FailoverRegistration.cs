using Clawdbot.Gateway.Admission;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Failover;

/// <summary>Registers the services of this folder.</summary>
internal static class FailoverRegistration
{
    public static void AddFailover(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<FailoverOptions>(FailoverOptions.Section);
        builder.Services.AddSingleton<FailoverServices>().AddSingleton<AttemptRunner>().AddSingleton<ReplicaSearch>();
        builder.Services.AddSingleton<ExclusivePlacement>().AddSingleton<PoisonQuarantine>().AddSingleton<RetryBudget>();
        builder.Services.AddSingleton(services =>
            ActivatorUtilities.CreateInstance<Hedges>(services, () => services.GetRequiredService<AdmissionQueue>().Queued));
    }
}
