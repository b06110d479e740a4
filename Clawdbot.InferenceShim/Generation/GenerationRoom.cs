using Clawdbot.ServiceDefaults;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Registers what every generation passes on its way to the engine.</summary>
internal static class GenerationRoom
{
    public static void AddGeneration(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<GuardOptions>().BindConfiguration(GuardOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<PromptGuard>().AddSingleton<Generations>().AddSingleton<ConcurrencyGate>();
        builder.Services.AddReadiness<ConcurrencyGateCheck>("slots");
    }
}
