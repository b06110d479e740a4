using System.Text.Json.Serialization;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>What the gateway adds to a client's request.</summary>
/// <param name="Seed">Seed for a request that brought none, the same in every attempt.</param>
/// <param name="Continue">Token ids that were already generated elsewhere, from the first; the engine generates what follows.</param>
/// <param name="ContinueText">For engines that continue from text: the text that the client has already.</param>
/// <param name="Delivered">Tokens in <paramref name="ContinueText"/>, by which the client's limit is lowered.</param>
/// <param name="Fold">Whether several tokens may be sent in one event, because the client does not stream.</param>
public sealed record GenerationExtras(
    long? Seed = null,
    IReadOnlyList<int>? Continue = null,
    string? ContinueText = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Delivered = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Fold = false);
