using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.InferenceShim.Engines.LlamaCpp;
using Clawdbot.InferenceShim.Engines.Ollama;
using Clawdbot.InferenceShim.Engines.OpenAi;
using Clawdbot.InferenceShim.Engines.SgLang;
using Clawdbot.InferenceShim.Engines.Vllm;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>All kinds of engines by their names in <c>Engine:Kind</c>; no other place lists them.</summary>
internal static class EngineKinds
{
    private static readonly Dictionary<string, Func<IServiceProvider, IEngine>> Kinds = new()
    {
        [EmbeddedEngine.Kind] = Make<EmbeddedEngine>,
        [OpenAiEngine.Kind] = Make<OpenAiEngine>,
        [VllmEngine.Kind] = Make<VllmEngine>,
        [SgLangEngine.Kind] = Make<SgLangEngine>,
        [LlamaCppEngine.Kind] = Make<LlamaCppEngine>,
        [OllamaEngine.Kind] = Make<OllamaEngine>,
    };

    /// <summary>The values that <c>Engine:Kind</c> can have.</summary>
    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <summary>Registers the engine that <c>Engine:Kind</c> names, its options, its verdict and its load.</summary>
    public static void AddEngine(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<EngineOptions>().BindConfiguration(EngineOptions.Section).ValidateDataAnnotations()
            .Validate(o => Kinds.ContainsKey(o.Kind), $"Engine:Kind must be one of {string.Join(", ", Names)}.")
            .Validate(
                o => o.Kind == EmbeddedEngine.Kind
                    || (Uri.TryCreate(o.Address, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"),
                "Engine:Address must say where the engine listens, such as http://127.0.0.1:8001.")
            .Validate(
                o => o.Lacks.All(l => Capabilities.All.Contains(l.ToLowerInvariant())),
                $"Engine:Lacks may hold {string.Join(", ", Capabilities.All)}.")
            .Validate(
                o => o.Kind != EmbeddedEngine.Kind || o.UpstreamModel.Length == 0,
                "Engine:UpstreamModel is the name of a model at an engine of its own, and the embedded engine has no such name. "
                    + "Remove it, or set Engine:Kind and Engine:Address.")
            .Validate<IOptions<OllamaOptions>>(
                (o, ollama) => o.Kind != OllamaEngine.Kind || o.UpstreamModel.Length == 0
                    || ollama.Value.Name.Length == 0 || ollama.Value.Name == o.UpstreamModel,
                "Engine:UpstreamModel and Engine:Ollama:Name are different names of the model in Ollama. "
                    + "Keep Engine:UpstreamModel and remove Engine:Ollama:Name, which is the older setting.")
            .Validate(
                o => o.ApiKeyFile is null || IsReadable(o.ApiKeyFile),
                "Engine:ApiKeyFile names a file that does not exist or that this process's user may not read.")
            .ValidateOnStart();
        services.AddOptions<OpenAiOptions>().BindConfiguration(OpenAiOptions.Section).ValidateOnStart();
        services.AddOptions<VllmOptions>().BindConfiguration(VllmOptions.Section).ValidateOnStart();
        services.AddOptions<SgLangOptions>().BindConfiguration(SgLangOptions.Section).ValidateOnStart();
        services.AddOptions<LlamaCppOptions>().BindConfiguration(LlamaCppOptions.Section).ValidateOnStart();
        services.AddOptions<OllamaOptions>().BindConfiguration(OllamaOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<EngineConnection>();
        services.AddSingleton(provider => Kinds[provider.GetRequiredService<IOptions<EngineOptions>>().Value.Kind](provider));
        services.AddSingleton<EngineWatch>().AddSingleton<LoadReading>()
            .AddHostedService(provider => provider.GetRequiredService<LoadReading>());
    }

    private static bool IsReadable(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEngine Make<TEngine>(IServiceProvider services) where TEngine : IEngine =>
        ActivatorUtilities.CreateInstance<TEngine>(services);
}
