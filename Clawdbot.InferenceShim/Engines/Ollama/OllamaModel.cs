using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>What Ollama tells of a model and of itself.</summary>
/// <param name="Version">Ollama's version.</param>
/// <param name="Names">The names of all models that Ollama has.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Digest">A hash of its weights, template and settings together.</param>
/// <param name="TakesPictures">Whether it takes pictures; null where Ollama does not say.</param>
/// <param name="RepeatsPrefill">
/// Whether the answer begins with the words that it is to go on from; null where Ollama does not say. It does when the model's own
/// template is used, by llama.cpp's server. It does not with one of Ollama's templates or renderers, whose prompt ends in these words
/// (<c>server/routes.go</c>, chatModeForModel).
/// </param>
/// <param name="ContextTokens">The context length of the loaded model, in tokens; null as long as it is not loaded.</param>
internal sealed record OllamaModel(
    string Version, IReadOnlyList<string> Names, string Name, string Digest, bool? TakesPictures, bool? RepeatsPrefill, int? ContextTokens)
{
    /// <summary>
    /// Whether this Ollama tells log probabilities, which it does since 0.12.11; an older one leaves them out without a word. A build of
    /// one's own has no version and counts as new.
    /// </summary>
    public bool TellsLogprobs => !System.Version.TryParse(Version.Split('-')[0], out var version)
        || version >= new System.Version(0, 12, 11)
        || version == new System.Version(0, 0, 0);

    /// <summary>Whether it calls tools; null where Ollama does not say.</summary>
    public bool? CallsTools { get; init; }

    /// <summary>What it can't do, by what Ollama says; see <see cref="EngineDescription.Lacks"/>.</summary>
    public IReadOnlyList<string> Lacks =>
    [
        .. TakesPictures == false ? [Capabilities.Pictures] : Array.Empty<string>(),
        .. CallsTools == false ? [Capabilities.Tools] : Array.Empty<string>(),
    ];

    /// <summary>Asks Ollama for a model.</summary>
    /// <param name="engine">The connection to Ollama.</param>
    /// <param name="name">The model's name; empty: the first model.</param>
    /// <param name="cancellation">Cancels the calls.</param>
    /// <exception cref="EngineFailureException">Ollama can't be reached, or does not have the model.</exception>
    public static async Task<OllamaModel> ReadAsync(EngineConnection engine, string name, CancellationToken cancellation)
    {
        using var version = await engine.GetJsonAsync("/api/version", cancellation);
        using var tags = await engine.GetJsonAsync("/api/tags", cancellation);
        var models = tags.RootElement.Items("models").ToList();
        var model = models.FirstOrDefault(m => name.Length == 0 || Is(m, name));
        if (model.Text("name") is not { } found)
        {
            throw new EngineFailureException("engine_failed",
                name.Length == 0 ? "Ollama has no model; pull one." : $"Ollama does not have the model '{name}'; pull it.");
        }
        using var body = new JsonSegments(default).Add($$"""{"model":{{RawEdit.Text(found)}}}""").ToContent();
        using var shown = await engine.JsonAsync(HttpMethod.Post, "/api/show", body, cancellation);
        using var loaded = await engine.GetJsonAsync("/api/ps", cancellation);
        var running = loaded.RootElement.Items("models").FirstOrDefault(m => Is(m, found));
        return new OllamaModel(
            version.RootElement.Text("version") ?? "", [.. models.Select(m => m.Text("name")).OfType<string>()], found,
            model.Text("digest") ?? "", Takes(shown.RootElement, "vision"), Repeats(shown.RootElement),
            (int?)running.Whole("context_length"))
        {
            CallsTools = Takes(shown.RootElement, "tools"),
        };
    }

    /// <summary>Whether Ollama has the model in memory; where not, the next request has it loaded, which may take minutes.</summary>
    public static async Task<bool> IsLoadedAsync(EngineConnection engine, string name, CancellationToken cancellation)
    {
        using var loaded = await engine.GetJsonAsync("/api/ps", cancellation);
        return loaded.RootElement.Items("models").Any(m => Is(m, name));
    }

    /// <summary>Whether a model has this name; one without a tag means the tag <c>latest</c>.</summary>
    private static bool Is(JsonElement model, string name) => model.Text("name") is { } its && (its == name || its == $"{name}:latest");

    private static bool? Takes(JsonElement shown, string what) =>
        shown.Of("capabilities").ValueKind == JsonValueKind.Array
            ? shown.Items("capabilities").Any(c => c.ValueKind == JsonValueKind.String && c.ValueEquals(what))
            : null;

    /// <summary>Whether the model's own template is used: that is Jinja, while Ollama's templates are Go.</summary>
    private static bool? Repeats(JsonElement shown) =>
        shown.Text("renderer") is { Length: > 0 } ? false : shown.Text("template")?.Contains("{%", StringComparison.Ordinal);
}
