using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.ServiceDefaults.Pictures;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Checks how a picture is sent, and notes where it stands. What clients write in other ways than engines read is sent to them as OpenAI
/// has it: an object with a data URI, whose scheme and encoding are in lower case, in base64 of the standard alphabet with its padding.
/// </summary>
internal static class PictureScan
{
    /// <summary>Bytes of a data URI in which its comma must stand.</summary>
    private const int LongestHead = 256;

    /// <summary>Reads <c>image_url</c>. The reader stands on its value and is left on its end.</summary>
    public static void Read(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            found.Edit(new((int)json.TokenStartIndex, 0, "{\"url\":"u8.ToArray()));
            Url(ref json, at, found);
            found.Edit(new((int)json.BytesConsumed, 0, "}"u8.ToArray()));
            return;
        }
        if (json.TokenType != JsonTokenType.StartObject)
            throw FieldRules.Type(at, "an object with a 'url', or the url");
        var hasUrl = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isUrl = json.ValueTextEquals("url"u8);
            json.Read();
            if (isUrl)
                Url(ref json, $"{at}.url", found);
            else
                json.Skip();
            hasUrl |= isUrl;
        }
        if (!hasUrl)
            throw ApiException.BadRequest("missing_field", $"'{at}' has no 'url'.", $"{at}.url");
    }

    /// <summary>Checks a picture's URL, which must be a data URI in base64. The reader stands on it.</summary>
    public static void Check(ref Utf8JsonReader json, string at)
    {
        if (json.TokenType != JsonTokenType.String)
            throw FieldRules.Type(at, "a string");
        var head = json.ValueSpan[..Math.Min(json.ValueSpan.Length, LongestHead)];
        if (!TryLower(head, out _))
            throw NoDataUri(head, at);
    }

    private static void Url(ref Utf8JsonReader json, string at, ChatFindings found)
    {
        if (json.TokenType != JsonTokenType.String)
            throw FieldRules.Type(at, "a string");
        var start = (int)json.TokenStartIndex + 1;
        found.Pictures.Add(start..(start + json.ValueSpan.Length));
        var head = json.ValueSpan[..Math.Min(json.ValueSpan.Length, LongestHead)];
        if (!head.StartsWith("data:"u8) || head.IndexOf(";base64,"u8) <= 0)
        {
            if (!TryLower(head, out var lower))
                throw NoDataUri(head, at);
            found.Edit(new(start, lower.Length, lower));
        }
        if (!json.ValueIsEscaped)
            Normalise(json.ValueSpan, start, found);
    }

    /// <summary>Has engines sent the picture's base64 in the form that they decode.</summary>
    private static void Normalise(ReadOnlySpan<byte> url, int start, ChatFindings found)
    {
        var comma = url.IndexOf((byte)',') + 1;
        var form = Base64Form.Of(url[comma..]);
        if (form.IsStandard)
            return;
        (found.Forms ??= []).Add(found.Pictures.Count - 1, form);
        if (form.IsUrl)
            found.Edit(new(start + comma, url.Length - comma, default, IsUrlForm: true));
        if (form.Padding > 0)
            found.Edit(new(start + url.Length, 0, "=="u8[..form.Padding].ToArray()));
    }

    /// <summary>The part of a data URI before its comma, in lower case; false where it is none in base64.</summary>
    private static bool TryLower(ReadOnlySpan<byte> head, out byte[] lower)
    {
        lower = new byte[Math.Max(head.IndexOf((byte)','), 0)];
        Ascii.ToLower(head[..lower.Length], lower, out _);
        return lower.AsSpan().StartsWith("data:"u8) && lower.AsSpan().EndsWith(";base64"u8);
    }

    private static ApiException NoDataUri(ReadOnlySpan<byte> head, string at) =>
        ApiException.BadRequest("image_url_not_supported", head.StartsWith("http"u8)
            ? "Pictures are not fetched from the web: the gateway makes no requests on a client's behalf. "
                + "Send the picture itself as a data URI (data:image/png;base64,...)."
            : "The picture's URL must be a data URI: data:image/png;base64,....", at);
}
