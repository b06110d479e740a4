using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <param name="Id">What clients ask for.</param>
/// <param name="MaxLength">Prompt and answer together, tokens, where the engine says so (<c>max_model_len</c>).</param>
internal sealed record ListedModel(string Id, int? MaxLength);

/// <summary>What an engine serves, as <c>GET /v1/models</c> lists it.</summary>
internal static class ModelList
{
    /// <summary>Asks for it; never empty.</summary>
    /// <exception cref="EngineFailureException">It has none.</exception>
    public static async Task<IReadOnlyList<ListedModel>> ReadAsync(EngineConnection engine, CancellationToken cancellation)
    {
        using var list = await engine.GetJsonAsync("/v1/models", cancellation);
        var models = list.RootElement.ValueKind == JsonValueKind.Object
            && list.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? data.EnumerateArray().Select(Listed).OfType<ListedModel>().ToList()
            : [];
        return models.Count > 0 ? models : throw new EngineFailureException("engine_failed", "The engine lists no model.");
    }

    /// <summary>What an engine is that lists its models and their context and tells its version.</summary>
    /// <param name="models">Not empty.</param>
    /// <param name="options">What is configured goes before what is told.</param>
    /// <param name="kind">As in <c>Engine:Kind</c>.</param>
    /// <param name="version">The engine's.</param>
    /// <param name="isDeterministic">How it computes is a part of what it is.</param>
    /// <param name="more">Whatever else it says that an answer depends on.</param>
    public static EngineDescription Describe(
        IReadOnlyList<ListedModel> models, EngineOptions options, string kind, string version, bool isDeterministic, string more = "")
    {
        var isNamed = options.Model.Length > 0;
        var model = isNamed ? options.Model : models[0].Id;
        var context = (models.FirstOrDefault(m => m.Id == model) ?? models[0]).MaxLength ?? options.ContextTokens;
        var identity = EngineIdentity.Of(kind, model, version, $"{context}", $"{isDeterministic}", options.Build, more);
        return new EngineDescription(model, identity, kind, version)
        {
            AlsoModels = isNamed ? options.AlsoModels : [.. models.Skip(1).Select(m => m.Id)],
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
