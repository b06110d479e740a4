namespace Clawdbot.InferenceShim.Engines;

/// <summary>The engine won't serve this request: the client's fault (4xx) or want of room (503), never the replica's.</summary>
internal sealed class EngineRefusalException(int status, string code, string message, string? param = null) : Exception(message)
{
    /// <summary>HTTP status, 4xx or 503.</summary>
    public int Status { get; } = status;

    /// <summary>A stable code, made for programs.</summary>
    public string Code { get; } = code;

    /// <summary>The request field at fault; null when none is.</summary>
    public string? Param { get; } = param;

    /// <summary>How long the engine asks the client to wait; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of an answer that can't go on: whether the engine itself said so.</summary>
    public bool IsOfEngine { get; init; }
}
