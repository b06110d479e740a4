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
        var models = list.RootElement.ValueKind == JsonValueKind.Object && list.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? data.EnumerateArray().Select(Listed).OfType<ListedModel>().ToList()
            : [];
        return models.Count > 0 ? models : throw new EngineFailureException("engine_failed", "The engine lists no model.");
    }

    private static ListedModel? Listed(JsonElement model) =>
        model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } name
            ? new ListedModel(name, model.TryGetProperty("max_model_len", out var length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out var tokens) ? tokens : null)
            : null;
}
