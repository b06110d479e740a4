using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>How Ollama is asked. Section <c>Engine:Ollama</c>.</summary>
internal sealed class OllamaOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Ollama";

    /// <summary>The model's name there, such as <c>qwen3-vl:30b</c>, where clients ask for it by another one; empty: they ask for it by this name.</summary>
    public string Name { get; set; } = "";

    /// <summary>How long it keeps the model in memory after an answer, seconds; -1 is forever. The first answer after that waits until it is loaded again.</summary>
    [Range(-1, 31_536_000)]
    public int KeepAliveSeconds { get; set; } = -1;

    /// <summary>
    /// The same seed gives the same answer. Hardly so: it runs several requests in one batch (but for <c>OLLAMA_NUM_PARALLEL=1</c>) and
    /// takes prompts from its cache.
    /// </summary>
    public bool Repeatable { get; set; }
}
