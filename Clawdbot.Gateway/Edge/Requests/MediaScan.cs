using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Looks at a part that is neither text nor picture. Whether an engine takes it is for the engine to say; but like a picture it must hold
/// its data, so that no engine fetches what a client names.
/// </summary>
internal static class MediaScan
{
    /// <summary>Reads the value of <c>video_url</c>, <c>audio_url</c>, <c>input_audio</c> or <c>file</c>.</summary>
    public static void Read(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            Url(ref json, at, found);
            return;
        }
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueTextEquals("url"u8) ? "url" : json.ValueTextEquals("file_url"u8) ? "file_url" : null;
            json.Read();
            if (name is not null)
                Url(ref json, $"{at}.{name}", found);
            else if (json.TokenType == JsonTokenType.String)
                found.HasMedia(json.ValueSpan.Length);
            else
                json.Skip();
        }
    }

    private static void Url(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType != JsonTokenType.String)
            throw FieldRules.Type(at, "a string");
        if (!json.ValueSpan.StartsWith("data:"u8))
        {
            throw ApiException.BadRequest("media_url_not_supported",
                "Media are not fetched from the web: send the data itself as a data URI (data:video/mp4;base64,...).", at);
        }
        found.HasMedia(json.ValueSpan.Length);
    }
}
