using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>What is known of one choice while its chunks come.</summary>
internal sealed class ChoiceState
{
    /// <summary>Name of the field with the plain text.</summary>
    public const string Content = "content";

    /// <summary>Why it ended; null while it goes on. An engine may say it early, and again.</summary>
    public string? Reason { get; set; }

    /// <summary>What stopped it, where the engine says more than the reason: a stop string, or the id of a stop token.</summary>
    public JsonElement? StopReason { get; set; }

    /// <summary>Text that waits for the token ids that it belongs to, or for the end.</summary>
    public string Unnumbered { get; set; } = "";

    /// <summary>Ids that came with the reason.</summary>
    public List<int> Last { get; } = [];

    /// <summary>Number of chunks in which it said something.</summary>
    public int Spoken { get; set; }

    public ToolCallNumbers Calls { get; } = new();

    public SplitCharacters Characters { get; } = new();
}
