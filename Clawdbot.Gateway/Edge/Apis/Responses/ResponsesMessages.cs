using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>
/// Writes the input of a request to <c>/v1/responses</c> as the messages of a chat request. There a message, a tool call and a tool's
/// output are items beside each other; here calls are part of the assistant's message.
/// </summary>
/// <param name="chat">The chat request, at the beginning of its messages.</param>
/// <param name="referred">The items that the input names by their ids.</param>
internal sealed class ResponsesMessages(ChatBody chat, ReferredItems referred)
{
    /// <summary>Most items of one input.</summary>
    public const int MostItems = 2048;

    private const int MostParts = 1024;

    private bool _isAny;

    /// <summary>What is open: nothing, an assistant's message, or its list of calls.</summary>
    private Open _open;

    private enum Open
    {
        Nothing,
        Assistant,
        Calls,
    }

    /// <summary>Writes the instructions as the system's message.</summary>
    public void Instructions(RawJson value)
    {
        if (!value.IsText)
            throw FieldRules.Type("instructions", "a text");
        Begin("system").Field("content", value).Raw("}");
    }

    /// <summary>Writes an input, or the output of an earlier response.</summary>
    /// <param name="value">A text or a list of items.</param>
    /// <param name="at">Where it stands.</param>
    public void Input(RawJson value, string at)
    {
        if (value.IsText)
        {
            Begin("user").Field("content", value).Raw("}");
            return;
        }
        var items = value.Items(at, MostItems);
        for (var i = 0; i < items.Count; i++)
            Item(items[i].Fields($"{at}[{i}]"), $"{at}[{i}]");
    }

    /// <summary>Closes the last message.</summary>
    public void End()
    {
        Close();
        if (!_isAny)
            throw ApiException.BadRequest("empty_input", "'input' is empty. Send at least one message.", "input");
    }

    private void Item(Dictionary<string, RawJson> item, string at)
    {
        switch (item.TryGetValue("type", out var type) ? type.Text($"{at}.type", 64) : "message")
        {
            case "message": Message(item, at); break;
            case "function_call": Call(item, at); break;
            case "function_call_output": Output(item, at); break;
            case "item_reference" when at.StartsWith("input", StringComparison.Ordinal): // what is kept names no others
                Item(referred.Find(Wanted(item, "id", at).Text($"{at}.id", 256), at).Fields(at), "item");
                break;
            case "reasoning": break; // chat templates leave out what was thought before an earlier answer
            case var other:
                throw ApiException.BadRequest("unsupported_input", $"'{at}' is of type '{other}'. "
                    + "Supported: message, function_call, function_call_output, reasoning.", at);
        }
    }

    private void Message(Dictionary<string, RawJson> item, string at)
    {
        var role = Wanted(item, "role", at).Text($"{at}.role", 32);
        var content = Wanted(item, "content", at);
        if (role == "assistant")
        {
            Close();
            Begin(role).Raw(",\"content\":");
            Content(content, $"{at}.content");
            _open = Open.Assistant; // calls may follow
            return;
        }
        Begin(role == "developer" ? "system" : role).Raw(",\"content\":"); // templates know no developer
        Content(content, $"{at}.content");
        chat.Raw("}");
    }

    private void Call(Dictionary<string, RawJson> item, string at)
    {
        if (_open == Open.Nothing)
            Begin("assistant").Raw(",\"content\":null");
        chat.Raw(_open == Open.Calls ? "," : ",\"tool_calls\":[");
        _open = Open.Calls;
        chat.Raw("{\"type\":\"function\",\"id\":").Raw(TextOf(item, "call_id", at)).Raw(",\"function\":{\"name\":")
            .Raw(TextOf(item, "name", at)).Raw(",\"arguments\":").Raw(TextOf(item, "arguments", at)).Raw("}}");
    }

    private void Output(Dictionary<string, RawJson> item, string at)
    {
        Begin("tool").Raw(",\"tool_call_id\":").Raw(TextOf(item, "call_id", at)).Raw(",\"content\":");
        Content(Wanted(item, "output", at), $"{at}.output");
        chat.Raw("}");
    }

    private void Content(RawJson content, string at)
    {
        if (content.IsText)
        {
            chat.Raw(content.Bytes);
            return;
        }
        chat.Raw("[");
        var parts = content.Items(at, MostParts);
        for (var i = 0; i < parts.Count; i++)
        {
            chat.Raw(i > 0 ? "," : "");
            Part(parts[i].Fields($"{at}[{i}]"), $"{at}[{i}]");
        }
        chat.Raw("]");
    }

    private void Part(Dictionary<string, RawJson> part, string at)
    {
        switch (Wanted(part, "type", at).Text($"{at}.type", 64))
        {
            case "input_text" or "output_text" or "text":
                chat.Raw("{\"type\":\"text\",\"text\":").Raw(TextOf(part, "text", at)).Raw("}");
                break;
            case "refusal":
                chat.Raw("{\"type\":\"refusal\",\"refusal\":").Raw(TextOf(part, "refusal", at)).Raw("}");
                break;
            case "input_image" when part.ContainsKey("image_url"):
                chat.Raw("{\"type\":\"image_url\",\"image_url\":{\"url\":").Raw(TextOf(part, "image_url", at));
                if (part.TryGetValue("detail", out var detail))
                    chat.Field("detail", detail);
                chat.Raw("}}");
                break;
            case "input_image":
                throw ApiException.BadRequest("unsupported_input",
                    $"'{at}' has no 'image_url'. Files are not kept here: send the picture as a data URI.", at);
            case var other:
                throw ApiException.BadRequest("unsupported_input",
                    $"'{at}' is of type '{other}'. Supported: input_text, input_image, output_text, refusal.", at);
        }
    }

    private ChatBody Begin(string role)
    {
        Close();
        chat.Raw(_isAny ? "," : "").Raw("{\"role\":").Text(role);
        _isAny = true;
        return chat;
    }

    private void Close()
    {
        chat.Raw(_open switch { Open.Calls => "]}", Open.Assistant => "}", _ => "" });
        _open = Open.Nothing;
    }

    private static RawJson Wanted(Dictionary<string, RawJson> item, string name, string at) => item.TryGetValue(name, out var value)
        ? value
        : throw ApiException.BadRequest("missing_field", $"'{at}' has no '{name}'.", $"{at}.{name}");

    private static ReadOnlyMemory<byte> TextOf(Dictionary<string, RawJson> item, string name, string at) =>
        Wanted(item, name, at) is { IsText: true } text ? text.Bytes : throw FieldRules.Type($"{at}.{name}", "a text");
}
