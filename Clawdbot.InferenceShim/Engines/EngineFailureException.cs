namespace Clawdbot.InferenceShim.Engines;

/// <summary>The engine failed, or is not there.</summary>
internal sealed class EngineFailureException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}
