using System.Text.Json.Serialization;

namespace Clawdbot.ServiceDefaults.Wire;

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
