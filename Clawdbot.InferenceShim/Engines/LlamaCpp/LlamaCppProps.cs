using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>What the server says of itself at <c>/props</c>.</summary>
/// <param name="Build">Such as <c>b10488-1a2b3c4</c>.</param>
/// <param name="Template">The chat template.</param>
/// <param name="Weights">Their quantisation; empty where it does not say.</param>
/// <param name="ContextTokens">Of one slot.</param>
/// <param name="Slots">Requests generated at once.</param>
/// <param name="TakesPictures">It has a projector; null where it does not say.</param>
/// <param name="TellsMetrics">It runs with <c>--metrics</c>; null where it does not say.</param>
/// <param name="TellsSlots">It does not run with <c>--no-slots</c>; null where it does not say.</param>
internal sealed record LlamaCppProps(
    string Build, string Template, string Weights, int? ContextTokens, int? Slots, bool? TakesPictures, bool? TellsMetrics,
    bool? TellsSlots)
{
    /// <summary>Asks for it.</summary>
    /// <exception cref="EngineFailureException">It is not up, or loads its model.</exception>
    public static async Task<LlamaCppProps> ReadAsync(EngineConnection engine, CancellationToken cancellation)
    {
        using var said = await engine.GetJsonAsync("/props", cancellation);
        return Of(said.RootElement);
    }

    private static LlamaCppProps Of(JsonElement said) => new(
        said.Text("build_info") ?? "",
        said.Text("chat_template") ?? "",
        said.Text("model_ftype") ?? "",
        (int?)(said.Of("default_generation_settings").Whole("n_ctx") ?? said.Whole("n_ctx")),
        (int?)said.Whole("total_slots"),
        said.Of("modalities").Flag("vision"),
        said.Flag("endpoint_metrics"),
        said.Flag("endpoint_slots"));
}
