using System.Security.Cryptography;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Registers what finds out whether the engine generates.</summary>
internal static class LivenessRegistration
{
    public static void AddLiveness(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<LivenessOptions>().BindConfiguration(LivenessOptions.Section)
            .PostConfigure<IOptions<EngineOptions>>((o, engine) => o.Alone ??= engine.Value.Command.Count > 0)
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(services =>
        {
            var pictures = ActivatorUtilities.CreateInstance<FailedPictures>(services);
            services.GetRequiredService<Generations>().Failed += pictures.Failed;
            return pictures;
        });
        builder.Services.TryAddSingleton(_ => new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));
        builder.Services.AddSingleton<EngineReachability>().AddSingleton<LivenessServices>();
        builder.Services.AddSingleton<LivenessMonitor>().AddHostedService(services => services.GetRequiredService<LivenessMonitor>());
        builder.Services.AddSingleton<Canary>().AddSingleton<CanarySender>().AddHostedService<CanaryScheduler>();
    }
}
