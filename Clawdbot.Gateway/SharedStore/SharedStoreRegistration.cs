using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>Registers the store that gateways share, or the local one.</summary>
internal static class SharedStoreRegistration
{
    public static void AddSharedStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<SharedStoreOptions>(SharedStoreOptions.Section);
        builder.Services.AddOptions<SharedStoreOptions>()
            .Validate(o => o.Redis.Length == 0 || RedisConnection.Problem(o.Redis) is null,
                "SharedStore:Redis must be an address such as redis:6379.")
            .Validate(o => o.RedisPasswordFile is null || File.Exists(o.RedisPasswordFile),
                "SharedStore:RedisPasswordFile names a file that does not exist.");
        builder.Services.AddSingleton<LocalStore>();
        if (!builder.Configuration.HasSharedStore())
        {
            builder.Services.AddSingleton<ISharedStore>(services => services.GetRequiredService<LocalStore>());
            return;
        }
        builder.Services.AddSingleton<RedisConnection>().AddSingleton(Store);
        builder.Services.AddSingleton<ISharedStore>(services => services.GetRequiredService<FailOpenStore>());
        builder.Services.AddSingleton(services => new MetricSource(metrics =>
        {
            var store = services.GetRequiredService<FailOpenStore>();
            metrics.ObserveStore(() => store.IsShared ? 1 : 0, () => store.Fallbacks);
        }));
    }

    /// <summary>Whether the configuration names a store that gateways share.</summary>
    public static bool HasSharedStore(this IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration[$"{SharedStoreOptions.Section}:{nameof(SharedStoreOptions.Redis)}"]);

    private static FailOpenStore Store(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var limit = TimeSpan.FromMilliseconds(services.GetRequiredService<IOptions<SharedStoreOptions>>().Value.RedisMilliseconds);
        var redis = new RedisStore(() => services.GetRequiredService<RedisConnection>().Database, time);
        return new FailOpenStore(
            redis, services.GetRequiredService<LocalStore>(), limit, services.GetRequiredService<ILogger<FailOpenStore>>(), time);
    }
}
