namespace Clawdbot.InferenceShim.Engines.LlamaCpp;

/// <summary>What llama.cpp's server does not tell of itself. Section <c>Engine:LlamaCpp</c>.</summary>
internal sealed class LlamaCppOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:LlamaCpp";

    /// <summary>
    /// The same seed gives the same answer. Only with one slot (<c>--parallel 1</c>), so that nothing else shares a batch; the prompt is
    /// then always computed anew (<c>cache_prompt</c> false), because a cached one changes the numbers. A server with more slots is not used.
    /// </summary>
    public bool Deterministic { get; set; }
}
