using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>A model that an engine lists.</summary>
/// <param name="Id">The model id that clients ask for.</param>
/// <param name="MaxLength">Context length in tokens (<c>max_model_len</c>); null where the engine does not say.</param>
internal sealed record ListedModel(string Id, int? MaxLength);

/// <summary>Reads the models that an engine lists at <c>GET /v1/models</c>.</summary>
internal static class ModelList
{
    /// <summary>Asks an engine for its models; the list is never empty.</summary>
    /// <exception cref="EngineFailureException">The engine lists no model or does not answer.</exception>
    public static async Task<IReadOnlyList<ListedModel>> ReadAsync(EngineConnection engine, CancellationToken cancellation)
    {
        using var list = await engine.GetJsonAsync("/v1/models", cancellation);
        var models = list.RootElement.ValueKind == JsonValueKind.Object
            && list.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? data.EnumerateArray().Select(Listed).OfType<ListedModel>().ToList()
            : [];
        return models.Count > 0 ? models : throw new EngineFailureException("engine_failed", "The engine lists no model.");
    }

    /// <summary>Describes an engine by its models and its version.</summary>
    /// <param name="models">The models that it lists; not empty.</param>
    /// <param name="options">
    /// The configuration; a model's name set there goes before the listed one, and the engine's own name of it says which one listed it is.
    /// </param>
    /// <param name="kind">The engine's name in <c>Engine:Kind</c>.</param>
    /// <param name="version">The engine's version.</param>
    /// <param name="isDeterministic">Whether it computes deterministically; a part of its identity.</param>
    /// <param name="more">Anything else that an answer depends on; a part of its identity.</param>
    public static EngineDescription Describe(
        IReadOnlyList<ListedModel> models, EngineOptions options, string kind, string version, bool isDeterministic, string more = "")
    {
        var names = new ModelNames(options);
        var isNamed = names.Asked.Length > 0;
        var model = isNamed ? names.Asked : models[0].Id;
        var listed = models.FirstOrDefault(m => m.Id == (names.Upstream ?? model)) ?? models[0];
        var context = listed.MaxLength ?? options.ContextTokens;
        var identity = EngineIdentity.Of(
            kind, names.Identity(model), version, $"{context}", $"{isDeterministic}", options.Build, more);
        return new EngineDescription(model, identity, kind, version)
        {
            AlsoModels = isNamed ? options.AlsoModels : [.. models.Skip(1).Select(m => m.Id)],
            ServedModel = names.Upstream,
            ContextTokens = context,
        };
    }

    private static ListedModel? Listed(JsonElement model) =>
        model.ValueKind == JsonValueKind.Object
        && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } name
            ? new ListedModel(name, MaxLength(model))
            : null;

    private static int? MaxLength(JsonElement model) =>
        model.TryGetProperty("max_model_len", out var length)
        && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out var tokens)
            ? tokens
            : null;
}
