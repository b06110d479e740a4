using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>A client's request as attempts need it. The body is kept so that any number of attempts can send it.</summary>
internal sealed record GenerationRequest
{
    /// <summary>The client's bytes, a JSON object.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What replicas are sent in place of parts of <see cref="Body"/>, in their order; null for nothing.</summary>
    public IReadOnlyList<BodyEdit>? Edits { get; init; }

    /// <summary>Model id asked for: that of the answer.</summary>
    public required string Model { get; init; }

    /// <summary>The model that <see cref="Model"/> is an alias of; null where it is none.</summary>
    public string? AliasOf { get; init; }

    /// <summary>Model id by which replicas serve it, and which they are sent.</summary>
    public string RoutedModel => AliasOf ?? Model;

    /// <summary>Whether the client wants the answer as a stream of events.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether tokens may be sent in batches, because the client waits for the whole answer anyway.</summary>
    public bool Fold => !Stream;

    /// <summary>Whether a streaming client asked for usage.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>Number of choices asked for, at least 1.</summary>
    public required int Choices { get; init; }

    /// <summary>Whether only text is asked for: no tools, no grammar, no log probabilities, no token ids.</summary>
    public required bool OnlyText { get; init; }

    /// <summary>Whether the model is asked to reason, whose text some engines hold back.</summary>
    public bool Reasons { get; init; }

    /// <summary>Whether engines may hold back what they generate for it: tool calls, what a grammar wants, reasoning.</summary>
    public bool MayHoldBack => !OnlyText || Reasons;

    /// <summary>What a replica must be able to do for it.</summary>
    public RequestNeeds Needs { get; init; }

    /// <summary>Whether the client asked for the ids of tokens.</summary>
    public bool WantsIds { get; init; }

    /// <summary>Whether the client sent a seed of its own.</summary>
    public required bool HasSeed { get; init; }

    /// <summary>Estimate of how much an engine has to read.</summary>
    public PromptSize Prompt { get; init; }

    /// <summary>The most tokens of a choice that the client asked for; null when it set no limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Characters of text plus bytes of pictures in the prompt; the limit of the first token grows with them.</summary>
    public required long PromptBytes { get; init; }

    /// <summary>Its pictures; null when it has none.</summary>
    public PictureHashes? Pictures { get; init; }

    /// <summary>
    /// Key of what it shares with earlier requests and a replica may still have in its caches; null when that would save little.
    /// </summary>
    public ulong? CacheKey { get; init; }
}
