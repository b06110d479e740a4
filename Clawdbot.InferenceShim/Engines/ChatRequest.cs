namespace Clawdbot.InferenceShim.Engines;

/// <summary>An OpenAI chat request as engines need it, checked.</summary>
internal sealed record ChatRequest
{
    /// <summary>The conversation, oldest first; never empty.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Most tokens per choice; null when the client set none.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Strings before which generation ends; at most 4, none empty.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The client's seed, else the gateway's, else 0.</summary>
    public long Seed { get; init; }

    /// <summary>Number of choices, 1 to 8.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Token ids already generated elsewhere; empty for a new answer.</summary>
    public IReadOnlyList<int> Continue { get; init; } = [];

    /// <summary>Names of fields that ask for more than plain text, such as <c>tools</c>.</summary>
    public IReadOnlyList<string> MoreThanText { get; init; } = [];
}

/// <param name="Role"><c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Parts">The content in its order.</param>
internal sealed record ChatMessage(string Role, IReadOnlyList<ChatPart> Parts);

/// <summary>A piece of a message's content.</summary>
internal abstract record ChatPart;

/// <param name="Text">The text as the client wrote it.</param>
internal sealed record TextPart(string Text) : ChatPart;

/// <param name="File">The encoded file's bytes.</param>
/// <param name="Param">Where in the request it stood, for error messages.</param>
internal sealed record ImagePart(ReadOnlyMemory<byte> File, string Param) : ChatPart;
