namespace Clawdbot.InferenceShim.Quotas;

/// <summary>Registers what divides tenants' limits among gateways.</summary>
internal static class QuotaRegistration
{
    public static void AddQuotas(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<QuotaShares>();
}
