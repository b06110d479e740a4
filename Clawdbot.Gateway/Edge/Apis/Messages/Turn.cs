namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>One turn of a conversation: all messages of a role that stand beside each other, which Anthropic's API takes for one.</summary>
/// <param name="role"><c>user</c> or <c>assistant</c>.</param>
internal sealed class Turn(string role)
{
    /// <summary>Who speaks.</summary>
    public string Role => role;

    /// <summary>Texts and pictures, in their order.</summary>
    public List<ContentPart> Parts { get; } = [];

    /// <summary>The assistant's calls of functions.</summary>
    public List<ToolUse> Calls { get; } = [];

    /// <summary>What functions returned to the user.</summary>
    public List<ToolResult> Results { get; } = [];

    /// <summary>Writes it as messages of a chat request: what functions returned first, because it must follow their calls.</summary>
    /// <param name="chat">Receives them, each after a comma but for the first of the request.</param>
    /// <param name="isFirst">Whether no message stands before them.</param>
    public void Write(ChatBody chat, bool isFirst)
    {
        foreach (var result in Results)
        {
            chat.Raw(isFirst ? "" : ",").Raw("{\"role\":\"tool\",\"tool_call_id\":").Raw(result.Id).Raw(",\"content\":");
            ContentPart.Write(chat, result.Parts);
            chat.Raw("}");
            isFirst = false;
        }
        if (Parts.Count == 0 && Results.Count > 0)
            return;
        chat.Raw(isFirst ? "" : ",").Raw($"{{\"role\":\"{role}\",\"content\":");
        if (Parts.Count == 0 && Calls.Count > 0)
            chat.Raw("null");
        else
            ContentPart.Write(chat, Parts);
        for (var i = 0; i < Calls.Count; i++)
        {
            chat.Raw(i > 0 ? "," : ",\"tool_calls\":[").Raw("{\"type\":\"function\",\"id\":").Raw(Calls[i].Id)
                .Raw(",\"function\":{\"name\":").Raw(Calls[i].Name).Raw(",\"arguments\":\"").Raw(Calls[i].Arguments).Raw("\"}}");
        }
        chat.Raw(Calls.Count > 0 ? "]}" : "}");
    }
}

/// <summary>A call of a function.</summary>
/// <param name="Id">Its id, a JSON string.</param>
/// <param name="Name">The function's name, a JSON string.</param>
/// <param name="Arguments">The arguments: the inside of a JSON string that holds a JSON object.</param>
internal readonly record struct ToolUse(ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Arguments);

/// <summary>What a function returned.</summary>
/// <param name="Id">Id of the call, a JSON string.</param>
/// <param name="Parts">Texts and pictures.</param>
internal readonly record struct ToolResult(ReadOnlyMemory<byte> Id, IReadOnlyList<ContentPart> Parts);
