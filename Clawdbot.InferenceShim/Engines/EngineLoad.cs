namespace Clawdbot.InferenceShim.Engines;

/// <summary>Numbers of the engine itself, not of the shim, wherever the capabilities say that it has them.</summary>
/// <param name="Running">Requests being generated.</param>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="CacheUse">Share of the KV cache in use, 0 to 1.</param>
/// <param name="CacheHitRate">Share of prompt tokens found in the cache, 0 to 1.</param>
/// <param name="TokensGenerated">Tokens generated since the engine started.</param>
internal sealed record EngineLoad(
    int Running, int Waiting, double? CacheUse = null, double? CacheHitRate = null, long? TokensGenerated = null)
{
    /// <summary>Requests that wait for something else than room, such as another's cache.</summary>
    public int Deferred { get; init; }

    /// <summary>
    /// Prompt tokens processed since the engine started; null where it does not say. Grows while a long prompt is read, on some engines
    /// at its end only.
    /// </summary>
    public long? PromptTokens { get; init; }

    /// <summary>How often it has put a running request back to the waiting ones, since it started; null where it does not say.</summary>
    public long? Preemptions { get; init; }

    /// <summary>Requests that it knows of.</summary>
    public int Known => Running + Waiting + Deferred;

    /// <summary>Whether its numbers move while it reads a prompt.</summary>
    public bool ShowsPrefill => CacheUse is not null || PromptTokens is not null;
}
