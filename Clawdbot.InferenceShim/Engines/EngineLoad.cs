namespace Clawdbot.InferenceShim.Engines;

/// <summary>The load of an engine: its own numbers where the capabilities say that it tells them, else the shim's count.</summary>
/// <param name="Running">Requests being generated.</param>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="CacheUse">Share of the KV cache in use, 0 to 1.</param>
/// <param name="CacheHitRate">Share of prompt tokens found in the cache, 0 to 1.</param>
/// <param name="TokensGenerated">Tokens generated since the engine started.</param>
internal sealed record EngineLoad(
    int Running, int Waiting, double? CacheUse = null, double? CacheHitRate = null, long? TokensGenerated = null)
{
    /// <summary>Requests that wait for something other than room, such as another request's cache.</summary>
    public int Deferred { get; init; }

    /// <summary>
    /// Prompt tokens processed since the engine started; null where it does not say. Grows while a long prompt is read, on some engines
    /// at its end only.
    /// </summary>
    public long? PromptTokens { get; init; }

    /// <summary>How often the engine has put a running request back in its queue since it started; null where it does not say.</summary>
    public long? Preemptions { get; init; }

    /// <summary>Whether the engine says that the model is not loaded: the next request has it loaded, which may take minutes.</summary>
    public bool IsUnloaded { get; init; }

    /// <summary>All requests that the engine has: running, waiting and deferred.</summary>
    public int Known => Running + Waiting + Deferred;

    /// <summary>Whether its numbers change while it reads a prompt.</summary>
    public bool ShowsPrefill => CacheUse is not null || PromptTokens is not null;
}
