namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>What the shim can't learn from llama.cpp's server itself. Section <c>Engine:LlamaCpp</c>.</summary>
internal sealed class LlamaCppOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:LlamaCpp";

    /// <summary>
    /// Whether the same seed gives the same answer, which takes a server with one slot (<c>--parallel 1</c>); a server with more slots is
    /// then not used.
    /// </summary>
    /// <remarks>
    /// With one slot nothing else shares a batch. The prompt is always computed anew (<c>cache_prompt</c> false), because a cached one
    /// changes the numbers.
    /// </remarks>
    public bool Deterministic { get; set; }
}
