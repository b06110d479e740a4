namespace Clawdbot.InferenceShim.Engines;

/// <summary>Numbers of the engine itself, not of the shim, wherever the capabilities say that it has them.</summary>
/// <param name="Running">Requests being generated.</param>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="CacheUse">Share of the KV cache in use, 0 to 1.</param>
/// <param name="CacheHitRate">Share of prompt tokens found in the cache, 0 to 1.</param>
/// <param name="TokensGenerated">Tokens generated since the engine started.</param>
internal sealed record EngineLoad(int Running, int Waiting, double? CacheUse = null, double? CacheHitRate = null, long? TokensGenerated = null);
