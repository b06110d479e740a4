using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Checks <c>messages</c>, and notes where their pictures stand. Only how pictures are sent is checked; the shim looks at what they are.
/// </summary>
internal static class MessageScan
{
    private const int MostMessages = 2048;
    private const int LongestRole = 32;

    /// <summary>The key that says what a part is, and those that hold it.</summary>
    private static readonly string[] Kinds = ["type", "text", "image_url", "refusal", "video_url", "audio_url", "input_audio", "file"];

    /// <summary>Reads the messages. The reader stands on the value of <c>messages</c> and is left on its end.</summary>
    /// <param name="json">Reader over the whole body.</param>
    /// <param name="found">Receives the texts, and the position in the body of each picture's string, without its quotes.</param>
    public static void Read(ref Utf8JsonReader json, ChatFindings found)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw FieldRules.Type("messages", "an array of messages");
        var count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count == MostMessages)
                throw ApiException.BadRequest("too_many_messages", $"'messages' holds more than {MostMessages} messages.", "messages");
            Message(ref json, $"messages[{count++}]", found);
        }
        if (count == 0)
            throw ApiException.BadRequest("empty_messages", "'messages' is empty. Send at least one message.", "messages");
    }

    private static void Message(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object with 'role' and 'content'");
        string? role = null;
        var hasContent = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueTextEquals("role"u8) ? "role" : json.ValueTextEquals("content"u8) ? "content" : null;
            json.Read();
            switch (name)
            {
                case "role": role = Role(ref json, $"{at}.role"); break;
                case "content": Content(ref json, $"{at}.content", found); hasContent = true; break;
                default: json.Skip(); break;
            }
        }
        if (role is null)
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'role'.", $"{at}.role");
        if (!hasContent && role != "assistant")
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'content'.", $"{at}.content");
        found.Prefix.MessageEnds(role);
    }

    private static string Role(ref Utf8JsonReader json, string at)
    {
        // Which roles there are is the model's matter: templates have more than system, user, assistant and tool.
        var role = FieldRules.Text(ref json, at, LongestRole);
        return role.Length > 0 && role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/')
            ? role
            : throw ApiException.BadRequest("invalid_value", $"'{at}' must be a role, such as system, user, assistant or tool.", at);
    }

    private static void Content(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType is JsonTokenType.String)
            found.Prefix.Text(json.ValueSpan);
        if (json.TokenType is JsonTokenType.String or JsonTokenType.Null)
            return;
        if (json.TokenType != JsonTokenType.StartArray)
            throw FieldRules.Type(at, "a string or an array of parts");
        for (var i = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; i++)
            Part(ref json, $"{at}[{i}]", found);
    }

    private static void Part(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object with a 'type'");
        var (type, has) = ((string?)null, 0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var kind = Kind(ref json);
            json.Read();
            if (kind < 0 || json.TokenType == JsonTokenType.Null) // some clients send every key of every kind
            {
                json.Skip();
                continue;
            }
            has |= 1 << kind;
            switch (Kinds[kind])
            {
                case "type": type = FieldRules.Text(ref json, $"{at}.type", 64); break;
                case "text" or "refusal" when json.TokenType != JsonTokenType.String:
                    throw FieldRules.Type($"{at}.{Kinds[kind]}", "a string");
                case "text" or "refusal": found.Prefix.Text(json.ValueSpan); break;
                case "image_url": PictureScan.Read(ref json, $"{at}.image_url", found); break;
                default: MediaScan.Read(ref json, $"{at}.{Kinds[kind]}", found); break;
            }
        }
        var wanted = Array.IndexOf(Kinds, type);
        if (wanted <= 0 || (has & (1 << wanted)) == 0)
        {
            throw ApiException.BadRequest("invalid_part", $"'{at}' must be {{\"type\":\"text\",\"text\":...}} or "
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":...}}, or a video_url, input_audio or file part where the engine takes "
                + "these.", at);
        }
    }

    /// <summary>The number in <see cref="Kinds"/> of the key that the reader stands on; -1 for others.</summary>
    private static int Kind(ref Utf8JsonReader json)
    {
        for (var i = 0; i < Kinds.Length; i++)
        {
            if (json.ValueTextEquals(Kinds[i]))
                return i;
        }
        return -1;
    }
}
