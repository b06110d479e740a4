namespace Clawdbot.InferenceShim.Engines;

/// <summary>The engine failed or can't be reached.</summary>
internal sealed class EngineFailureException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable code, made for programs.</summary>
    public string Code { get; } = code;
}
