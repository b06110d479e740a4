namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>What a whole answer was counted as.</summary>
/// <param name="PromptTokens">Of the client's usage.</param>
/// <param name="CompletionTokens">Of the client's usage.</param>
internal sealed record AnswerUsage(int PromptTokens, int CompletionTokens);
