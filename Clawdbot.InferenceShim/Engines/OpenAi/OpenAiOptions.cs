using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.OpenAi;

/// <summary>What the shim can't learn from a server that is only compatible with OpenAI's API. Section <c>Engine:OpenAi</c>.</summary>
internal sealed class OpenAiOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:OpenAi";

    /// <summary>How the server is told to continue an answer from its text.</summary>
    public TextContinuationStyle Continuation { get; set; }

    /// <summary>
    /// Whether the same request with the same seed gives the same answer, on every server with the same <c>Engine:Build</c>.
    /// </summary>
    public bool Repeatable { get; set; }

    /// <summary>Whether usage is asked for at the end of a stream; some servers refuse a request that does.</summary>
    public bool AskForUsage { get; set; } = true;
}
