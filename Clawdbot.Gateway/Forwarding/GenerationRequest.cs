using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>A client's request as attempts need it. The body is kept so that any number of attempts can send it.</summary>
internal sealed record GenerationRequest
{
    /// <summary>The client's bytes, a JSON object.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Model id asked for.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the client wants events.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether tokens may travel together: whoever reads the answer waits for all of it.</summary>
    public bool Fold => !Stream;

    /// <summary>Whether a streaming client asked for usage.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>Choices asked for, at least 1.</summary>
    public required int Choices { get; init; }

    /// <summary>Nothing but text is asked for: no tools, no grammar, no log probabilities.</summary>
    public required bool OnlyText { get; init; }

    /// <summary>The client brought a seed of its own.</summary>
    public required bool HasSeed { get; init; }

    /// <summary>What an engine has to read, estimated.</summary>
    public PromptSize Prompt { get; init; }

    /// <summary>Tokens of a choice at most, as the client asked; null when it did not.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Characters of text and bytes of pictures in the prompt: what the first-token clock is scaled by.</summary>
    public required long PromptBytes { get; init; }

    /// <summary>Its pictures; null when it has none.</summary>
    public PictureHashes? Pictures { get; init; }

    /// <summary>
    /// Key of what it shares with earlier requests and a replica may still have in its caches; null when that would save little.
    /// </summary>
    public ulong? CacheKey { get; init; }
}
