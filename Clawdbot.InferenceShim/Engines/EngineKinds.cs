using Clawdbot.InferenceShim.Engines.Embedded;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>Every kind of engine there is, by its name in <c>Engine:Kind</c>: the one place that knows them all.</summary>
internal static class EngineKinds
{
    private static readonly Dictionary<string, Func<IServiceProvider, IEngine>> Kinds = new()
    {
        [EmbeddedEngine.Kind] = Make<EmbeddedEngine>,
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <summary>Registers the engine that <c>Engine:Kind</c> names, and its options.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services)
    {
        services.AddOptions<EngineOptions>().BindConfiguration(EngineOptions.Section).ValidateDataAnnotations()
            .Validate(o => Kinds.ContainsKey(o.Kind), $"Engine:Kind must be one of {string.Join(", ", Names)}.")
            .ValidateOnStart();
        return services.AddSingleton(provider => Kinds[provider.GetRequiredService<IOptions<EngineOptions>>().Value.Kind](provider));
    }

    private static IEngine Make<TEngine>(IServiceProvider services) where TEngine : IEngine => ActivatorUtilities.CreateInstance<TEngine>(services);
}
