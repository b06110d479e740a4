using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.OpenAi;

/// <summary>What can't be known of a server that says only that it is compatible with OpenAI's. Section <c>Engine:OpenAi</c>.</summary>
internal sealed class OpenAiOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:OpenAi";

    /// <summary>How it goes on from text.</summary>
    public TextContinuationStyle Continuation { get; set; }

    /// <summary>The same request with the same seed gives the same answer, on every server of the same <c>Engine:Build</c>.</summary>
    public bool Repeatable { get; set; }

    /// <summary>Asks for usage at the end of a stream; some servers refuse a request that does.</summary>
    public bool AskForUsage { get; set; } = true;
}
