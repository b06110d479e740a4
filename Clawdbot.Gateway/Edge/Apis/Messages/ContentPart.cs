using System.Text.Json;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>A text or a picture of a request. Its bytes stay where they are in the body.</summary>
/// <param name="Inside">The text, or the end of the picture's URL: the inside of a JSON string.</param>
/// <param name="UrlHead">What stands before it in a picture's URL; null for a text.</param>
internal readonly record struct ContentPart(ReadOnlyMemory<byte> Inside, string? UrlHead = null)
{
    /// <summary>Reads a block of type <c>text</c>.</summary>
    /// <param name="block">Its fields.</param>
    /// <param name="at">Where it stands, for an error.</param>
    /// <exception cref="ApiException">It has no text.</exception>
    public static ContentPart Text(Dictionary<string, RawJson> block, string at) => new(block.WantedText("text", at).Inside);

    /// <summary>Reads a block of type <c>image</c>.</summary>
    /// <param name="block">Its fields.</param>
    /// <param name="at">Where it stands, for an error.</param>
    /// <exception cref="ApiException">Its source is none, or not supported.</exception>
    public static ContentPart Picture(Dictionary<string, RawJson> block, string at)
    {
        var source = block.Wanted("source", at).Fields($"{at}.source");
        at = $"{at}.source";
        switch (source.WantedType(at))
        {
            case "base64":
                var data = source.WantedText("data", at).Inside;
                if (data.IsEmpty || data.Span.StartsWith("data:"u8))
                    throw Invalid($"{at}.data", "the picture in base64 and nothing else");
                return new ContentPart(data, $"data:{MediaType(source, at)};base64,");
            case "url":
                var url = source.WantedText("url", at);
                var json = new Utf8JsonReader(url.Bytes.Span);
                json.Read();
                PictureScan.Check(ref json, $"{at}.url");
                return new ContentPart(url.Inside, "");
            case var other:
                throw ApiException.BadRequest("unsupported_content", $"'{at}' is of type '{other}', and files are not kept here. "
                    + "Send the picture itself, with a source of type base64.", at);
        }
    }

    /// <summary>
    /// Writes the content of a chat message. Texts alone become one text, with an empty line between them: not every chat template takes a
    /// list, and some print it as it is.
    /// </summary>
    public static void Write(ChatBody chat, IReadOnlyList<ContentPart> parts)
    {
        var isText = parts.All(p => p.UrlHead is null);
        chat.Raw(isText ? "\"" : "[");
        for (var i = 0; i < parts.Count; i++)
        {
            chat.Raw(i == 0 ? "" : isText ? "\\n\\n" : ",");
            if (isText)
                chat.Raw(parts[i].Inside);
            else if (parts[i].UrlHead is { } head)
                chat.Raw($"{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"{head}").Raw(parts[i].Inside).Raw("\"}}");
            else
                chat.Raw("{\"type\":\"text\",\"text\":\"").Raw(parts[i].Inside).Raw("\"}");
        }
        chat.Raw(isText ? "\"" : "]");
    }

    private static string MediaType(Dictionary<string, RawJson> source, string at)
    {
        var type = source.Wanted("media_type", at).Text($"{at}.media_type", 64);
        var isPlain = type.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '+' or '-'); // it becomes a part of a URL
        return isPlain && type.StartsWith("image/", StringComparison.Ordinal)
            ? type
            : throw Invalid($"{at}.media_type", "that of a picture, such as image/png");
    }

    private static ApiException Invalid(string at, string wanted) =>
        ApiException.BadRequest("invalid_value", $"'{at}' must be {wanted}.", at);
}
