using System.Text.Json;
using System.Text.Json.Serialization;

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

    /// <summary>The name of the top-level field that the gateway splices into the client's request: <see cref="GenerationExtras"/>.</summary>
    public const string ExtrasField = "clawdbot";
}

/// <summary>What the gateway adds to a client's request.</summary>
/// <param name="Seed">Seed for a request that brought none, the same in every attempt.</param>
/// <param name="Continue">Token ids that were already generated elsewhere, from the first; the engine generates what follows.</param>
/// <param name="ContinueText">For engines that go on by text: what the client has already.</param>
/// <param name="Delivered">Tokens in <paramref name="ContinueText"/>: the client's limit is lowered by them.</param>
/// <param name="Fold">The client does not stream: tokens may travel together.</param>
public sealed record GenerationExtras(
    long? Seed = null,
    IReadOnlyList<int>? Continue = null,
    string? ContinueText = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Delivered = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Fold = false);

/// <summary>The engine took the request.</summary>
/// <param name="Instance"><see cref="ShimStatus.Instance"/>.</param>
/// <param name="Identity"><see cref="ShimStatus.Identity"/>.</param>
/// <param name="Model">Model id.</param>
/// <param name="PromptTokens">Tokens of the prompt, images included; null where the engine tells it only at the end.</param>
public sealed record GenerationStart(string Instance, string Identity, string Model, int? PromptTokens);

/// <summary>Newly generated tokens.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Text">
/// What became visible by them. May be empty: a token may hold half a character, or what might become a stop string.
/// </param>
/// <param name="Ids">
/// Every token generated, visible or not: exactness depends on the held-back ones too. Null or empty only where the engine reports none,
/// which an engine that goes on by ids always does.
/// </param>
public sealed record GenerationTokens(int Index, string Text, IReadOnlyList<int>? Ids);

/// <summary>What is no plain text: tool calls, reasoning, log probabilities. An answer that holds any can't be continued.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Choice">
/// Fields of the choice in OpenAI's shape, without <c>index</c> and <c>finish_reason</c>. For a client that streams each <c>delta</c> as
/// it comes. With <see cref="GenerationExtras.Fold"/> once <c>message</c> without role and content, before the finish; and earlier,
/// as soon as it begins, an empty object that only says so.
/// </param>
public sealed record GenerationPiece(int Index, JsonElement Choice);

/// <summary>A choice is complete. It is held back until the tokens are known: behind it nothing is waited for.</summary>
/// <param name="Index">Choice, 0-based.</param>
/// <param name="Reason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> ...</param>
/// <param name="Text">
/// What was held back as a possible stop string and turned out not to be one. It travels with the finish, never in an
/// event of its own: a cut between the two would make a continuation say it twice.
/// </param>
/// <param name="PromptTokens">Tokens of the prompt, where <see cref="GenerationStart"/> did not know them.</param>
/// <param name="CompletionTokens">
/// Tokens of the choice, given ones included. Of an engine that tells only the sum of all choices the last one to finish has it and the
/// others 0. Null where it tells nothing.
/// </param>
public sealed record GenerationFinish(int Index, string Reason, string? Text = null, int? PromptTokens = null, int? CompletionTokens = null);

/// <summary>What this attempt cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt, images included.</param>
/// <param name="CompletionTokens">Tokens of the whole answer, given ones included.</param>
/// <param name="Generated">Tokens generated by this attempt.</param>
public sealed record GenerationUsage(int PromptTokens, int CompletionTokens, int Generated);

/// <summary>The end of an answer.</summary>
public sealed record GenerationDone;

/// <summary>Why there is no answer, as an event or as the body of a 4xx or 5xx.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What went wrong and what to do.</param>
/// <param name="Param">The request field at fault, if one is.</param>
public sealed record GenerationError(string Code, string Message, string? Param = null);

/// <summary>Serializers of the contract, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShimStatus))]
[JsonSerializable(typeof(GenerationExtras))]
[JsonSerializable(typeof(GenerationStart))]
[JsonSerializable(typeof(GenerationTokens))]
[JsonSerializable(typeof(GenerationPiece))]
[JsonSerializable(typeof(GenerationFinish))]
[JsonSerializable(typeof(GenerationUsage))]
[JsonSerializable(typeof(GenerationDone))]
[JsonSerializable(typeof(GenerationError))]
public sealed partial class WireJson : JsonSerializerContext;
