namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>The tokens counted for a whole answer, as the client's usage states them.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens of the answer.</param>
internal sealed record AnswerUsage(int PromptTokens, int CompletionTokens);
