using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Admission;

/// <summary>Registers the services of admission and its metrics.</summary>
internal static class AdmissionRegistration
{
    public static void AddAdmission(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<AdmissionOptions>(AdmissionOptions.Section);
        builder.Services.AddSingleton<AdmissionQueue>().AddSingleton<OtherGateways>().AddSingleton<QuotaReporter>();
        builder.Services.AddSingleton(services => new TenantQuotas(services.GetRequiredService<ISharedStore>(),
            () => services.GetRequiredService<OtherGateways>().Sharing, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<QuotaExchange>();
        builder.Services.AddSingleton(services => new MetricSource(metrics =>
        {
            var queue = services.GetRequiredService<AdmissionQueue>();
            metrics.ObserveAdmission(() => queue.Active, () => queue.Queued, () => queue.QueueLimit);
        }));
    }
}
