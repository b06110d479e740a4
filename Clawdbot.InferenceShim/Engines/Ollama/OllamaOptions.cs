using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>Settings for Ollama. Section <c>Engine:Ollama</c>.</summary>
internal sealed class OllamaOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:Ollama";

    /// <summary>
    /// The older setting of the model's name in Ollama, which goes into requests in place of <c>Engine:Model</c> alone; prefer
    /// <c>Engine:UpstreamModel</c>. Where both are set they must be equal.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// Seconds Ollama keeps the model in memory after an answer; -1 is forever. The first answer after that waits until the model is loaded
    /// again.
    /// </summary>
    [Range(-1, 31_536_000)]
    public int KeepAliveSeconds { get; set; } = -1;

    /// <summary>Whether the same seed gives the same answer.</summary>
    /// <remarks>
    /// It hardly does: Ollama runs several requests in one batch (but for <c>OLLAMA_NUM_PARALLEL=1</c>) and takes prompts from its cache.
    /// </remarks>
    public bool Repeatable { get; set; }
}
