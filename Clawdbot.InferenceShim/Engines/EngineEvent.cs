namespace Clawdbot.InferenceShim.Engines;

/// <summary>One step of a generation.</summary>
internal abstract record EngineEvent;

/// <param name="PromptTokens">Tokens of the prompt, images included; null where the engine tells it only at the end.</param>
internal sealed record EngineStarted(int? PromptTokens) : EngineEvent;

/// <param name="Index">Choice.</param>
/// <param name="Text">What became visible, perhaps nothing.</param>
/// <param name="Ids">The tokens; empty where the engine reports none.</param>
internal sealed record EngineTokens(int Index, string Text, IReadOnlyList<int> Ids) : EngineEvent
{
    /// <summary>Tokens, as far as known: an engine without ids sends one with each event, mostly.</summary>
    public int Count { get; init; } = Math.Max(1, Ids.Count);
}

/// <summary>What is no plain text, or not alone: tool calls, reasoning, log probabilities.</summary>
/// <param name="Index">Choice.</param>
/// <param name="Choice">
/// A JSON object: the choice's <c>delta</c> without its role, and the choice's other fields but <c>index</c> and <c>finish_reason</c>.
/// </param>
internal sealed record EnginePiece(int Index, ReadOnlyMemory<byte> Choice) : EngineEvent;

/// <summary>Held back until the engine has said what it cost, where it says so behind the reason.</summary>
/// <param name="Index">Choice.</param>
/// <param name="Reason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> ...</param>
/// <param name="Text">What was held back until the end.</param>
/// <param name="PromptTokens">Tokens of the prompt, where the start did not know them.</param>
/// <param name="CompletionTokens">
/// Tokens of the choice, given ones included; null where the engine does not say. Where it tells only the sum of all choices, the last
/// one to finish has it and the others 0.
/// </param>
internal sealed record EngineFinished(int Index, string Reason, string Text, int? PromptTokens, int? CompletionTokens) : EngineEvent
{
    /// <summary>Tokens that came with the reason and in no event of their own.</summary>
    public int Count { get; init; }
}
