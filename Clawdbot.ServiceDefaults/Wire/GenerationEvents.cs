using System.Text.Json;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>
/// Names of the events that answer <see cref="FleetRoutes.Generate"/>, in their order: one <c>start</c>, any number of
/// <c>tokens</c> and <c>piece</c>, one <c>finish</c> for each choice, <c>usage</c>, <c>done</c>; or <c>error</c> instead of the rest.
/// </summary>
public static class GenerationEvents
{
    /// <summary><see cref="GenerationStart"/>.</summary>
    public const string Start = "start";

    /// <summary><see cref="GenerationTokens"/>.</summary>
    public const string Tokens = "tokens";

    /// <summary><see cref="GenerationPiece"/>.</summary>
    public const string Piece = "piece";

    /// <summary><see cref="GenerationFinish"/>. From here on the gateway can end the answer by itself.</summary>
    public const string Finish = "finish";

    /// <summary><see cref="GenerationUsage"/>.</summary>
    public const string Usage = "usage";

    /// <summary><see cref="GenerationError"/>.</summary>
    public const string Error = "error";

    /// <summary>Empty object; a stream without it was cut.</summary>
    public const string Done = "done";

    /// <summary>Largest event of an engine, in bytes: log probabilities and the arguments of tool calls are large.</summary>
    public const int MostEngineBytes = 16 << 20;

    /// <summary>Largest event from a shim, in bytes: one of an engine, and what the shim writes around it.</summary>
    public const int MostBytes = MostEngineBytes + (1 << 20);

    /// <summary>Name of the top-level field that the gateway adds to the client's request: <see cref="GenerationExtras"/>.</summary>
    public const string ExtrasField = "clawdbot";
}

/// <summary>The engine took the request.</summary>
/// <param name="Instance"><see cref="ShimStatus.Instance"/>.</param>
/// <param name="Identity"><see cref="ShimStatus.Identity"/>.</param>
/// <param name="Model">Model id.</param>
/// <param name="PromptTokens">Tokens of the prompt, images included; null where the engine tells it only at the end.</param>
public sealed record GenerationStart(string Instance, string Identity, string Model, int? PromptTokens)
{
    /// <summary>The engine's <c>system_fingerprint</c>; null where it says none.</summary>
    public string? SystemFingerprint { get; init; }

    /// <summary>The engine's <c>service_tier</c>; null where it says none.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Ids of the prompt, for a client that asked for ids (<c>return_token_ids</c>).</summary>
    public IReadOnlyList<int>? PromptTokenIds { get; init; }
}

/// <summary>Newly generated tokens.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Text">
/// The text that they made visible. It may be empty: a token may hold half a character, or a possible beginning of a stop string.
/// </param>
/// <param name="Ids">
/// Every token generated, visible or not: exactness depends on the held-back ones too. Null or empty only where the engine reports none,
/// which an engine that goes on by ids always does.
/// </param>
/// <param name="Count">Number of tokens, where there are no ids; null: one.</param>
public sealed record GenerationTokens(int Index, string Text, IReadOnlyList<int>? Ids, int? Count = null)
{
    /// <summary>Most tokens that one event may be said to hold.</summary>
    public const int MostTokens = 1 << 24;
}

/// <summary>A part that is not plain text: tool calls, reasoning, log probabilities. An answer with one can't be continued.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Choice">
/// Fields of the choice in OpenAI's shape, without <c>index</c> and <c>finish_reason</c>. For a client that streams, each <c>delta</c>
/// as it comes. With <see cref="GenerationExtras.Fold"/>, an empty object as soon as such a part begins, and before the finish one
/// <c>message</c> without role and content.
/// </param>
/// <param name="Count">Number of tokens in it, perhaps 0; null: one.</param>
public sealed record GenerationPiece(int Index, JsonElement Choice, int? Count = null);

/// <summary>A choice is complete. It is sent only when the token counts are known, so that nothing needs to follow it.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Reason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> ...</param>
/// <param name="Text">
/// Text that was held back as a possible stop string and turned out not to be one. It is sent with the finish, never in an event of its
/// own: after a cut between the two a continuation would repeat it.
/// </param>
/// <param name="PromptTokens">Tokens of the prompt, where <see cref="GenerationStart"/> did not know them.</param>
/// <param name="CompletionTokens">
/// Tokens of the choice, given ones included. Where an engine reports only the sum of all choices, the last one to finish has the sum
/// and the others have 0. Null where it reports nothing.
/// </param>
public sealed record GenerationFinish(
    int Index, string Reason, string? Text = null, int? PromptTokens = null, int? CompletionTokens = null)
{
    /// <summary>Tokens that came with the reason and in no event of their own, where the engine reports nothing; null: none.</summary>
    public int? Count { get; init; }

    /// <summary><see cref="Wire.UsageDetails"/> of the attempt; with the last choice to finish.</summary>
    public JsonElement? UsageDetails { get; init; }

    /// <summary>What stopped the choice, where the engine says it: a stop string, or the id of a stop token.</summary>
    public JsonElement? StopReason { get; init; }
}

/// <summary>What this attempt cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt, images included.</param>
/// <param name="CompletionTokens">Tokens of the whole answer, given ones included.</param>
/// <param name="Generated">Tokens generated by this attempt.</param>
public sealed record GenerationUsage(int PromptTokens, int CompletionTokens, int Generated);

/// <summary>The cost of an attempt that ended before its <see cref="GenerationUsage"/>.</summary>
/// <param name="Instance"><see cref="ShimStatus.Instance"/> that ran the attempt; no other one knows it.</param>
/// <param name="PromptTokens">Tokens of the prompt, where the engine told them.</param>
/// <param name="Generated">Tokens generated by this attempt, as they are counted in <see cref="ShimStatus.TokensGenerated"/>.</param>
public sealed record AttemptCost(string Instance, int PromptTokens, int Generated);

/// <summary>The end of an answer.</summary>
public sealed record GenerationDone;

/// <summary>Why there is no answer, as an event or as the body of a 4xx or 5xx.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What went wrong and what to do.</param>
/// <param name="Param">The request field at fault, if one is.</param>
/// <param name="Status">
/// Of an event that comes in place of a start: the status that the refusal would have had if signs of life had not been sent before it.
/// </param>
public sealed record GenerationError(string Code, string Message, string? Param = null, int? Status = null)
{
    /// <summary>
    /// Of a refusal that says when to come again: <see cref="ShimStatus.Answered"/> at that time, so that what is answered later is known.
    /// </summary>
    public long? Answered { get; init; }

    /// <summary>Code of an answer that began elsewhere and can't go on here; its status is 409.</summary>
    public const string ContinuationMismatch = "continuation_mismatch";

    /// <summary>Code of a prompt that is longer than the context of this replica.</summary>
    public const string ContextLengthExceeded = "context_length_exceeded";

    /// <summary>Code of a request with pictures at a replica that takes none.</summary>
    public const string ImagesNotSupported = "images_not_supported";

    /// <summary>Code of a request with tools at a replica that calls none.</summary>
    public const string ToolsNotSupported = "tools_not_supported";

    /// <summary>Code of a request with a grammar or JSON schema at a replica that holds to none.</summary>
    public const string GrammarNotSupported = "grammar_not_supported";

    /// <summary>Whether the code says that this replica can't serve the request, and another one of the same model might.</summary>
    public static bool IsOfReplica(string code) =>
        code is ContextLengthExceeded or ImagesNotSupported or ToolsNotSupported or GrammarNotSupported;
}
