namespace Clawdbot.Gateway.Edge.Models;

/// <summary>The names by which clients ask for models. Section <c>Models</c>.</summary>
internal sealed class ModelOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Models";

    /// <summary>
    /// Further names of models, and for each the name by which replicas serve it, such as <c>Qwen/Qwen3-VL-30B</c> for <c>gpt-4o</c>:
    /// engines get that one, clients are answered with theirs. A name here goes before a served model of that name, and has no colon.
    /// </summary>
    public Dictionary<string, string> Aliases { get; set; } = [];
}
