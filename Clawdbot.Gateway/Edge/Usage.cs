using System.Globalization;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>What the client is told of cost: the first attempt's prompt and the tokens delivered, however many attempts it took.</summary>
internal static class Usage
{
    public static string Json(Journal journal) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"prompt_tokens\":{journal.PromptTokens},\"completion_tokens\":{journal.Tokens},\"total_tokens\":{journal.PromptTokens + journal.Tokens}}}");
}
