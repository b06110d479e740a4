using System.Globalization;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>What the client is told of cost: the first attempt's prompt and the tokens delivered, however many attempts it took.</summary>
internal static class Usage
{
    public static string Json(ResponseState response) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"prompt_tokens\":{response.PromptTokens},\"completion_tokens\":{response.Tokens},"
        + $"\"total_tokens\":{response.PromptTokens + response.Tokens}}}");
}
