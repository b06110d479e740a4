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

    /// <summary>Reads the messages. The reader stands on the value of <c>messages</c> and is left on its end.</summary>
    /// <param name="json">Reader over the whole body.</param>
    /// <param name="pictures">List to which the position in the body of each picture's string is added, without its quotes.</param>
    /// <param name="prefix">Receives the texts.</param>
    public static void Read(ref Utf8JsonReader json, List<Range> pictures, PromptPrefix prefix)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw FieldRules.Type("messages", "an array of messages");
        var count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count == MostMessages)
                throw ApiException.BadRequest("too_many_messages", $"'messages' holds more than {MostMessages} messages.", "messages");
            Message(ref json, $"messages[{count++}]", pictures, prefix);
        }
        if (count == 0)
            throw ApiException.BadRequest("empty_messages", "'messages' is empty. Send at least one message.", "messages");
    }

    private static void Message(ref Utf8JsonReader json, string at, List<Range> pictures, PromptPrefix prefix)
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
                case "content": Content(ref json, $"{at}.content", pictures, prefix); hasContent = true; break;
                default: json.Skip(); break;
            }
        }
        if (role is null)
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'role'.", $"{at}.role");
        if (!hasContent && role != "assistant")
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'content'.", $"{at}.content");
        prefix.MessageEnds(role);
    }

    private static string Role(ref Utf8JsonReader json, string at)
    {
        // Which roles there are is the model's matter: templates have more than system, user, assistant and tool.
        var role = FieldRules.Text(ref json, at, LongestRole);
        return role.Length > 0 && role.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':' or '/')
            ? role
            : throw ApiException.BadRequest("invalid_value", $"'{at}' must be a role, such as system, user, assistant or tool.", at);
    }

    private static void Content(ref Utf8JsonReader json, string at, List<Range> pictures, PromptPrefix prefix)
    {
        if (json.TokenType is JsonTokenType.String)
            prefix.Text(json.ValueSpan);
        if (json.TokenType is JsonTokenType.String or JsonTokenType.Null)
            return;
        if (json.TokenType != JsonTokenType.StartArray)
            throw FieldRules.Type(at, "a string or an array of parts");
        for (var i = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; i++)
            Part(ref json, $"{at}[{i}]", pictures, prefix);
    }

    private static void Part(ref Utf8JsonReader json, string at, List<Range> pictures, PromptPrefix prefix)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object with a 'type'");
        var (type, hasText, hasImage, isRefused) = ((string?)null, false, false, false);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueTextEquals("type"u8) ? "type"
                : json.ValueTextEquals("text"u8) ? "text"
                : json.ValueTextEquals("image_url"u8) ? "image_url"
                : json.ValueTextEquals("refusal"u8) ? "refusal"
                : null;
            json.Read();
            switch (name)
            {
                case "type": type = FieldRules.Text(ref json, $"{at}.type", 64); break;
                case "text" when json.TokenType != JsonTokenType.String: throw FieldRules.Type($"{at}.text", "a string");
                case "text": prefix.Text(json.ValueSpan); hasText = true; break;
                case "refusal" when json.TokenType != JsonTokenType.String: throw FieldRules.Type($"{at}.refusal", "a string");
                case "refusal": prefix.Text(json.ValueSpan); isRefused = true; break;
                case "image_url": Image(ref json, $"{at}.image_url", pictures); hasImage = true; break;
                default: json.Skip(); break;
            }
        }
        var isWhole = type switch { "text" => hasText, "image_url" => hasImage, "refusal" => isRefused, _ => false };
        if (!isWhole)
        {
            throw ApiException.BadRequest("invalid_part", $"'{at}' must be {{\"type\":\"text\",\"text\":...}} or "
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":...}}.", at);
        }
    }

    private static void Image(ref Utf8JsonReader json, string at, List<Range> pictures)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object with a 'url'");
        var hasUrl = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isUrl = json.ValueTextEquals("url"u8);
            json.Read();
            if (!isUrl)
            {
                json.Skip();
                continue;
            }
            Url(ref json, $"{at}.url");
            var start = (int)json.TokenStartIndex + 1;
            pictures.Add(start..(start + json.ValueSpan.Length));
            hasUrl = true;
        }
        if (!hasUrl)
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'url'.", $"{at}.url");
    }

    private static void Url(ref Utf8JsonReader json, string at)
    {
        if (json.TokenType != JsonTokenType.String)
            throw FieldRules.Type(at, "a string");
        var head = json.ValueSpan[..Math.Min(json.ValueSpan.Length, 256)];
        if (head.StartsWith("data:"u8) && head.IndexOf(";base64,"u8) > 0)
            return;
        throw ApiException.BadRequest("image_url_not_supported", head.StartsWith("http"u8)
            ? "Pictures are not fetched from the web: the gateway makes no requests on a client's behalf. "
                + "Send the picture itself as a data URI (data:image/png;base64,...)."
            : "The picture's URL must be a data URI: data:image/png;base64,....", at);
    }
}
