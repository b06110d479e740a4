using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>What the server says of itself at <c>/props</c>.</summary>
/// <param name="Build">The build, such as <c>b10488-1a2b3c4</c>.</param>
/// <param name="Template">The chat template.</param>
/// <param name="Weights">The quantisation of the weights; empty where it does not say.</param>
/// <param name="ContextTokens">The context length of one slot, in tokens.</param>
/// <param name="Slots">Number of requests generated at once.</param>
/// <param name="TakesPictures">Whether it has a projector; null where it does not say.</param>
/// <param name="TellsMetrics">Whether it runs with <c>--metrics</c>; null where it does not say.</param>
/// <param name="TellsSlots">Whether it runs without <c>--no-slots</c>; null where it does not say.</param>
internal sealed record LlamaCppProps(
    string Build, string Template, string Weights, int? ContextTokens, int? Slots, bool? TakesPictures, bool? TellsMetrics,
    bool? TellsSlots)
{
    /// <summary>Asks the server for its properties.</summary>
    /// <exception cref="EngineFailureException">The server is not up, or is still loading its model.</exception>
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
