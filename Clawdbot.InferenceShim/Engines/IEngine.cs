namespace Clawdbot.InferenceShim.Engines;

/// <summary>A model server, or something that stands in for one. The shim speaks to nothing else.</summary>
internal interface IEngine
{
    /// <summary>What it is. What an engine tells of itself is here as soon as it has told it.</summary>
    EngineDescription Description { get; }

    /// <summary>What it can do.</summary>
    EngineCapabilities Capabilities { get; }

    /// <summary>
    /// Generates. The first event is an <see cref="EngineStarted"/>, the last of each choice an
    /// <see cref="EngineFinished"/>. Cancelling frees the engine.
    /// </summary>
    /// <exception cref="EngineRefusalException">Before the first event: the request can't be served, and why.</exception>
    /// <exception cref="EngineFailureException">At any time: the engine failed.</exception>
    IAsyncEnumerable<EngineEvent> GenerateAsync(EngineRequest request, CancellationToken cancellation);

    /// <summary>What it says of its load, asked anew each time.</summary>
    /// <exception cref="EngineFailureException">It does not say.</exception>
    ValueTask<EngineLoad> LoadAsync(CancellationToken cancellation);
}

/// <param name="Model">Model id that clients ask for; empty as long as the engine has not told it.</param>
/// <param name="Identity">See <see cref="ServiceDefaults.Wire.ShimStatus.Identity"/>.</param>
/// <param name="Kind">As in <c>Engine:Kind</c>.</param>
/// <param name="Version">The engine's version; empty where it does not say.</param>
internal sealed record EngineDescription(string Model, string Identity, string Kind, string Version)
{
    /// <summary>Further model ids that it answers to.</summary>
    public IReadOnlyList<string> AlsoModels { get; init; } = [];

    /// <summary>Prompt and answer together, tokens; null where the engine does not say.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>Such as <c>vllm 0.32.0</c>.</summary>
    public string Name => $"{Kind} {Version}".TrimEnd();
}

/// <summary>Numbers of the engine itself, not of the shim, wherever the capabilities say that it has them.</summary>
/// <param name="Running">Requests being generated.</param>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="CacheUse">Share of the KV cache in use, 0 to 1.</param>
/// <param name="CacheHitRate">Share of prompt tokens found in the cache, 0 to 1.</param>
/// <param name="TokensGenerated">Tokens generated since the engine started.</param>
internal sealed record EngineLoad(int Running, int Waiting, double? CacheUse = null, double? CacheHitRate = null, long? TokensGenerated = null);

/// <summary>The engine won't serve this request: the client's fault (4xx) or want of room (503), never the replica's.</summary>
internal sealed class EngineRefusalException(int status, string code, string message, string? param = null) : Exception(message)
{
    /// <summary>HTTP status, 4xx or 503.</summary>
    public int Status { get; } = status;

    /// <summary>Stable code.</summary>
    public string Code { get; } = code;

    /// <summary>Request field at fault, if one is.</summary>
    public string? Param { get; } = param;
}

/// <summary>The engine failed, or is not there.</summary>
internal sealed class EngineFailureException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}
