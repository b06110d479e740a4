namespace Clawdbot.InferenceShim.Engines;

/// <summary>What an engine is and serves.</summary>
/// <param name="Model">Model id that clients ask for; empty as long as the engine has not told it.</param>
/// <param name="Identity">See <see cref="ServiceDefaults.Wire.ShimStatus.Identity"/>.</param>
/// <param name="Kind">The engine's name in <c>Engine:Kind</c>.</param>
/// <param name="Version">The engine's version; empty where it does not say.</param>
internal sealed record EngineDescription(string Model, string Identity, string Kind, string Version)
{
    /// <summary>Further model ids that the engine answers to.</summary>
    public IReadOnlyList<string> AlsoModels { get; init; } = [];

    /// <summary>The model's name in requests to the engine, whatever clients ask for; null where their own name is sent.</summary>
    public string? ServedModel { get; init; }

    /// <summary>Context length, in tokens of prompt and answer together; null where the engine does not say.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>
    /// Those of <see cref="ServiceDefaults.Wire.Capabilities"/> that it says itself it has not, such as pictures where it has no projector.
    /// </summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>Kind and version, such as <c>vllm 0.32.0</c>.</summary>
    public string Name => $"{Kind} {Version}".TrimEnd();
}
