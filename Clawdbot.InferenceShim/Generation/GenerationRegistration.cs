using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Registers what every generation passes on its way to the engine.</summary>
internal static class GenerationRegistration
{
    public static void AddGeneration(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<GuardOptions>(GuardOptions.Section);
        builder.Services.AddSingleton<PromptGuard>().AddSingleton<CapabilityEvidence>().AddSingleton<Generations>()
            .AddSingleton<ConcurrencyGate>().AddSingleton<GatewayPlaces>();
        builder.Services.AddReadiness<ConcurrencyGateCheck>("slots");
    }
}
