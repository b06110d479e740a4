namespace Clawdbot.InferenceShim.Engines;

/// <summary>The engine won't serve this request: the client's fault (4xx) or want of room (503), never the replica's.</summary>
internal sealed class EngineRefusalException(int status, string code, string message, string? param = null) : Exception(message)
{
    /// <summary>HTTP status, 4xx or 503.</summary>
    public int Status { get; } = status;

    /// <summary>Stable code.</summary>
    public string Code { get; } = code;

    /// <summary>Request field at fault, if one is.</summary>
    public string? Param { get; } = param;

    /// <summary>When to come again, by the engine's own word; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
