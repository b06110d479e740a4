using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>How far an answer has come: with its text, enough for another gateway to go on with it.</summary>
/// <param name="Identity">Identity of the replica that it began on.</param>
/// <param name="Continuation">How replicas of that identity can continue it.</param>
/// <param name="IsRepeatable">Whether they generate the same again with the same seed.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="Ids">Token ids of the answer; in a series, those that came since the last one.</param>
/// <param name="Tokens">Number of tokens in all.</param>
/// <param name="HasPieces">Whether something else than text came, so that it can't be continued.</param>
/// <param name="IsApproximate">Whether part of it may differ from what one replica alone would have generated.</param>
internal sealed record ResponseProgress(string Identity, ContinuationKind Continuation, bool IsRepeatable, int PromptTokens,
    IReadOnlyList<int> Ids, int Tokens, bool HasPieces, bool IsApproximate);
