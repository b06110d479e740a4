using System.Security.Cryptography;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>What the rooms before and around the engine need from the container.</summary>
internal static class LivenessRoom
{
    public static IServiceCollection AddLiveness(this IServiceCollection services)
    {
        services.AddOptions<GuardOptions>().BindConfiguration(GuardOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<LivenessOptions>().BindConfiguration(LivenessOptions.Section)
            .PostConfigure<IOptions<EngineOptions>>((o, engine) => o.Alone ??= engine.Value.Command.Count > 0).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<EngineWatch>().AddSingleton<PromptGuard>().AddSingleton<Generations>();
        services.AddSingleton(provider =>
        {
            var pictures = ActivatorUtilities.CreateInstance<FailedPictures>(provider);
            provider.GetRequiredService<Generations>().Failed += pictures.Failed;
            return pictures;
        });
        services.TryAddSingleton(_ => new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        services.AddSingleton<LivenessMonitor>().AddHostedService(provider => provider.GetRequiredService<LivenessMonitor>());
        return services.AddSingleton<Canary>().AddHostedService<CanaryScheduler>();
    }
}
