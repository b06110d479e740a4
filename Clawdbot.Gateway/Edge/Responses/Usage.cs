using System.Globalization;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>The usage for the client: the first attempt's prompt and the tokens delivered, whatever the number of attempts.</summary>
internal static class Usage
{
    public static string Json(ResponseState response) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"prompt_tokens\":{response.PromptTokens},\"completion_tokens\":{response.Tokens},"
        + $"\"total_tokens\":{response.PromptTokens + response.Tokens}}}");
}
