using System.Security.Cryptography;
using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Registers the engine's parent, or what watches an engine that somebody else runs.</summary>
internal static class SupervisionRegistration
{
    /// <summary>Seconds that stopping takes besides the drain and the engine.</summary>
    private const int StopMargin = 10;

    /// <summary>Adds the parent of the engine that is configured, or the watch over one that somebody else runs.</summary>
    public static void AddSupervision(this IHostApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        var engine = configuration.GetSection(EngineOptions.Section);
        var command = engine.GetSection(nameof(EngineOptions.Command));
        if (command.Value is { Length: > 0 } line)
            services.PostConfigure<EngineOptions>(o => o.Command = ["/bin/sh", "-c", $"exec {line}"]);
        var isParent = command.Exists();
        services.AddOptions<ParentOptions>().BindConfiguration(ParentOptions.Section).ValidateDataAnnotations()
            .Validate(_ => !isParent || OperatingSystem.IsLinux(),
                "Engine:Command works on Linux only. Elsewhere start the engine yourself and set Engine:Address alone.")
            .Validate(_ => !isParent || engine[nameof(EngineOptions.Kind)] is { } kind && kind != EngineOptions.EmbeddedKind,
                "Engine:Command starts an engine of another kind than 'embedded': set Engine:Kind.")
            .ValidateOnStart();

        var drain = configuration.GetValue(
            $"{DrainOptions.Section}:{nameof(DrainOptions.TimeoutSeconds)}", new DrainOptions().TimeoutSeconds);
        var stop = isParent
            ? configuration.GetValue($"{ParentOptions.Section}:{nameof(ParentOptions.StopSeconds)}", new ParentOptions().StopSeconds)
            : 0;
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(StopMargin + drain + stop));
        // A Random of its own: the shared one is not thread-safe.
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<EngineParent>(provider, new Random(RandomNumberGenerator.GetInt32(int.MaxValue))));
        services.AddSingleton<ChecksumCache>().AddSingleton<Checksums>().AddSingleton<ModelFiles>();
        services.AddSingleton<AddressClaim>().AddSingleton<StartPreconditions>();
        services.AddSingleton<EngineReadiness>().AddSingleton<EngineLog>().AddSingleton<EngineLifeServices>();
        services.AddSingleton<GatewayConsents>().AddSingleton<RecycleDrain>().AddSingleton<Recycler>();
        if (isParent)
        {
            services.AddHostedService(provider => provider.GetRequiredService<EngineParent>());
            services.AddHostedService(provider => provider.GetRequiredService<Recycler>());
        }
        else if (engine[nameof(EngineOptions.Kind)] is { } kind && kind != EngineOptions.EmbeddedKind)
        {
            services.AddHostedService<AttachedWatch>();
        }
    }
}
