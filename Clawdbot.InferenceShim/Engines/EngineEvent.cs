using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>One step of a generation.</summary>
internal abstract record EngineEvent
{
    /// <summary>Whether it shows that the engine has generated: it brings a token, or counts one.</summary>
    public virtual bool ShowsTokens => false;
}

/// <param name="PromptTokens">Tokens of the prompt, images included; null where the engine tells it only at the end.</param>
internal sealed record EngineStarted(int? PromptTokens) : EngineEvent
{
    /// <summary>Its <c>system_fingerprint</c>, at most 256 characters; null where it says none.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Its <c>service_tier</c>, at most 256 characters; null where it says none.</summary>
    public string? Tier { get; init; }

    /// <summary>Ids of the prompt, where the client asked for ids.</summary>
    public IReadOnlyList<int>? PromptIds { get; init; }
}

/// <summary>
/// The engine, or a proxy before it, sent a comment: a sign of life and no part of the answer. It may come before the start.
/// </summary>
internal sealed record EngineComment : EngineEvent
{
    public static readonly EngineComment Instance = new();
}

/// <param name="Index">Choice.</param>
/// <param name="Text">The text that became visible; may be empty.</param>
/// <param name="Ids">The ids of the tokens; empty where the engine reports none.</param>
internal sealed record EngineTokens(int Index, string Text, IReadOnlyList<int> Ids) : EngineEvent
{
    /// <summary>Number of tokens. Without ids, and where the engine does not tell it in another way, it is 1 or an estimate.</summary>
    public int Count { get; init; } = Math.Max(1, Ids.Count);

    /// <inheritdoc/>
    public override bool ShowsTokens => true;
}

/// <summary>A piece of a choice that is more than plain text: tool calls, reasoning, log probabilities, token ids.</summary>
/// <param name="Index">Choice.</param>
/// <param name="Choice">
/// A JSON object: the choice's <c>delta</c> without its role, and the choice's other fields but <c>index</c> and <c>finish_reason</c>.
/// </param>
internal sealed record EnginePiece(int Index, ReadOnlyMemory<byte> Choice) : EngineEvent
{
    /// <summary>Number of tokens in it, told or estimated; 0 in one that announces more.</summary>
    public int Count { get; init; } = 1;

    /// <inheritdoc/>
    public override bool ShowsTokens => true;
}

/// <summary>The end of a choice. Where the engine tells the token counts after the reason, the event waits for them.</summary>
/// <param name="Index">Choice.</param>
/// <param name="Reason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> ...</param>
/// <param name="Text">The text that was held back until the end.</param>
/// <param name="PromptTokens">Tokens of the prompt, where the start did not know them.</param>
/// <param name="CompletionTokens">
/// Tokens of the choice, given ones included; null where the engine does not say. Where it tells only the sum of all choices, the last
/// one to finish has it and the others 0.
/// </param>
internal sealed record EngineFinished(int Index, string Reason, string Text, int? PromptTokens, int? CompletionTokens) : EngineEvent
{
    /// <summary>Number of tokens that came with the reason and in no event of their own.</summary>
    public int Count { get; init; }

    /// <inheritdoc/>
    public override bool ShowsTokens => Count > 0 || CompletionTokens > 0 || Text.Length > 0;

    /// <summary>What the engine's usage tells beside the counts, checked; the last choice to finish has it.</summary>
    public JsonElement? UsageDetails { get; init; }

    /// <summary>What stopped the choice, where the engine says it: a stop string, or the id of a stop token.</summary>
    public JsonElement? StopReason { get; init; }
}
