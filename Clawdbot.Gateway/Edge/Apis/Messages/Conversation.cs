using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>
/// Reads <c>system</c> and <c>messages</c> of a request to <c>/v1/messages</c> and writes them as the messages of a chat request. There
/// a call of a function and what it returned are blocks of a message; here a call is a field of the assistant's message, and what was
/// returned a message of its own.
/// </summary>
internal sealed class Conversation
{
    private const int MostMessages = 2048;
    private const int MostBlocks = 1024;

    private static readonly ContentPart Failed = new("The call failed:"u8.ToArray());

    private readonly List<ContentPart> _system = [];
    private readonly List<Turn> _turns = [];

    /// <summary>Reads them.</summary>
    /// <param name="fields">The fields of the request.</param>
    /// <exception cref="ApiException">They are not such messages, or hold what is not supported; the error says where.</exception>
    public static Conversation Read(Dictionary<string, RawJson> fields)
    {
        var conversation = new Conversation();
        if (fields.TryGetValue("system", out var system))
            conversation._system.AddRange(Parts(system, "system", pictures: false));
        if (!fields.TryGetValue("messages", out var value))
            throw ApiException.BadRequest("missing_field", "'messages' is missing. Send at least one message.", "messages");
        var messages = value.Items("messages", MostMessages);
        for (var i = 0; i < messages.Count; i++)
            conversation.Message(messages[i].Fields($"messages[{i}]"), $"messages[{i}]");
        if (conversation._turns.Count == 0)
            throw ApiException.BadRequest("empty_messages", "'messages' is empty. Send at least one message of the user.", "messages");
        if (conversation._turns[^1].Role == "assistant")
        {
            // Engines differ in whether they go on from its text or begin another message behind it.
            throw ApiException.BadRequest("unsupported_prefill",
                "The last message is the assistant's. To go on from its beginning is not supported here: end with a message of the user.",
                $"messages[{messages.Count - 1}].role");
        }
        return conversation;
    }

    /// <summary>Writes the messages, without the brackets around them.</summary>
    public void Write(ChatBody chat)
    {
        var isFirst = _system.Count == 0;
        if (!isFirst)
        {
            chat.Raw("{\"role\":\"system\",\"content\":");
            ContentPart.Write(chat, _system);
            chat.Raw("}");
        }
        foreach (var turn in _turns)
        {
            turn.Write(chat, isFirst);
            isFirst = false;
        }
    }

    private void Message(Dictionary<string, RawJson> message, string at)
    {
        var role = message.Wanted("role", at).Text($"{at}.role", 32);
        var (content, inside) = (message.Wanted("content", at), $"{at}.content");
        if (role == "system")
        {
            // Clients send instructions between the turns too. Chat templates take them only at the beginning.
            _system.AddRange(Parts(content, inside, pictures: false));
            return;
        }
        if (role is not ("user" or "assistant"))
            throw ApiException.BadRequest("invalid_value", $"'{at}.role' must be user, assistant or system.", $"{at}.role");
        if (_turns is not [.., var turn] || turn.Role != role)
            _turns.Add(turn = new Turn(role));
        if (content.IsText)
        {
            Add(turn.Parts, new ContentPart(content.Inside));
        }
        else
        {
            foreach (var (block, where) in Blocks(content, inside))
                Block(turn, block, where);
        }
        if (role == "user" && turn.Parts.Count + turn.Results.Count == 0)
            throw ApiException.BadRequest("empty_content", $"'{inside}' is empty. Send a text, a picture or a tool's result.", inside);
    }

    private static void Block(Turn turn, Dictionary<string, RawJson> block, string at)
    {
        switch (block.WantedType(at), turn.Role)
        {
            case ("text", _): Add(turn.Parts, ContentPart.Text(block, at)); break;
            case ("image", "user"): turn.Parts.Add(ContentPart.Picture(block, at)); break;
            case ("tool_use", "assistant"): turn.Calls.Add(Call(block, at)); break;
            case ("tool_result", "user"): turn.Results.Add(Result(block, at)); break;
            case ("thinking" or "redacted_thinking", "assistant"): break; // chat templates leave out what was thought before
            case (var type, var role):
                throw Unsupported(at, type, role == "user"
                    ? "A message of the user may hold text, image and tool_result."
                    : "A message of the assistant may hold text, tool_use, thinking and redacted_thinking.");
        }
    }

    private static ToolUse Call(Dictionary<string, RawJson> block, string at)
    {
        var input = block.Wanted("input", at);
        return input.IsObject
            ? new ToolUse(block.WantedText("id", at).Bytes, block.WantedText("name", at).Bytes, ToolInput.Quoted(input.Bytes.Span))
            : throw FieldRules.Type($"{at}.input", "an object");
    }

    private static ToolResult Result(Dictionary<string, RawJson> block, string at)
    {
        var parts = block.TryGetValue("content", out var content) ? Parts(content, $"{at}.content", pictures: true) : [];
        if (block.TryGetValue("is_error", out var isError) && isError.Flag($"{at}.is_error"))
            parts.Insert(0, Failed); // a chat message has no field for it
        return new ToolResult(block.WantedText("tool_use_id", at).Bytes, parts);
    }

    /// <summary>Reads a string, or a list of texts and, where they are allowed, pictures.</summary>
    private static List<ContentPart> Parts(RawJson content, string at, bool pictures)
    {
        var parts = new List<ContentPart>();
        if (content.IsText)
        {
            Add(parts, new ContentPart(content.Inside));
            return parts;
        }
        foreach (var (block, where) in Blocks(content, at))
        {
            switch (block.WantedType(where))
            {
                case "text": Add(parts, ContentPart.Text(block, where)); break;
                case "image" when pictures: parts.Add(ContentPart.Picture(block, where)); break;
                case var type: throw Unsupported(where, type, $"'{at}' may hold text{(pictures ? " and image" : "")}.");
            }
        }
        return parts;
    }

    private static IEnumerable<(Dictionary<string, RawJson> Block, string At)> Blocks(RawJson content, string at) => content.IsArray
        ? content.Items(at, MostBlocks).Select((block, i) => (block.Fields($"{at}[{i}]"), $"{at}[{i}]"))
        : throw FieldRules.Type(at, "a string or an array of blocks");

    /// <summary>Adds a text that is not empty: clients send empty ones beside calls, and they say nothing.</summary>
    private static void Add(List<ContentPart> parts, ContentPart text)
    {
        if (text.Inside.Length > 0)
            parts.Add(text);
    }

    private static ApiException Unsupported(string at, string type, string supported) =>
        ApiException.BadRequest("unsupported_content", $"'{at}' is a block of type '{type}', which is not supported here. {supported}", at);
}
