using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>What an engine, or a proxy before it, says of an error, in whichever form it says so.</summary>
/// <param name="Message">In words; empty where it says none.</param>
/// <param name="Code">Its code, where that is a name.</param>
/// <param name="Param">The request field that it names.</param>
/// <param name="Status">The HTTP status that it names inside the error; null where it names none.</param>
internal readonly record struct EngineWords(string Message, string? Code = null, string? Param = null, int? Status = null)
{
    /// <summary>Most characters that are kept of words that are no JSON, and of a list of faults.</summary>
    private const int MostCharacters = 1000;

    /// <summary>Most entries that are read of a list.</summary>
    private const int MostEntries = 8;

    /// <summary>How deep an error is looked for in objects and lists.</summary>
    private const int Deepest = 5;

    /// <summary>Reads a body or an event: JSON of any form, or plain text.</summary>
    public static EngineWords Of(ReadOnlySpan<byte> said)
    {
        said = (said.StartsWith("\uFEFF"u8) ? said[3..] : said).Trim(" \t\r\n"u8);
        try
        {
            var reader = new Utf8JsonReader(said);
            using var document = JsonDocument.ParseValue(ref reader);
            var isForm = document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
            if (isForm || reader.BytesConsumed == said.Length) // plain text may begin with a number or with a word in quotes
                return Of(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException) // the latter for text that is no Unicode
        {
        }
        return new EngineWords(Plain(Encoding.UTF8.GetString(said[..Math.Min(said.Length, 4 * MostCharacters)])));
    }

    /// <summary>
    /// Reads an error in OpenAI's form, its inner object alone (older vLLM), in a list (Gemini), as <c>detail</c> (FastAPI), or as a
    /// string.
    /// </summary>
    public static EngineWords Of(JsonElement said) => Of(said, 0);

    private static EngineWords Of(JsonElement said, int depth) => said.ValueKind switch
    {
        _ when depth > Deepest => new EngineWords(""),
        JsonValueKind.String => new EngineWords(said.GetString()!),
        JsonValueKind.Array => said.EnumerateArray().Take(MostEntries).Select(e => Of(e, depth + 1))
            .FirstOrDefault(w => w.Message.Length > 0, new EngineWords("")),
        JsonValueKind.Object when said.Of("error").ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String =>
            OfInner(said, Of(said.Of("error"), depth + 1)),
        JsonValueKind.Object => new EngineWords(
            MessageIn(said, depth), CodeIn(said), said.Text("param"), StatusIn(said)),
        _ => new EngineWords(""),
    };

    /// <summary>The words of an inner error, and of what stands beside it.</summary>
    private static EngineWords OfInner(JsonElement said, EngineWords inner) => new(
        inner.Message.Length > 0 ? inner.Message : said.Text("message") ?? "", inner.Code ?? CodeIn(said),
        inner.Param ?? said.Text("param"), inner.Status ?? StatusIn(said));

    private static string? CodeIn(JsonElement said) => Number(said.Of("code")) is null ? said.Text("code") : null;

    private static string MessageIn(JsonElement said, int depth) =>
        said.Text("message") is { Length: > 0 } message ? message
        : said.Of("detail") is { ValueKind: JsonValueKind.Array } details ? Details(details)
        : said.Of("detail") is { ValueKind: JsonValueKind.String or JsonValueKind.Object } detail ? Of(detail, depth + 1).Message
        : said.Of("errors") is { ValueKind: JsonValueKind.Array } errors ? Of(errors, depth + 1).Message
        : said.Text("msg") ?? "";

    /// <summary>What FastAPI says of a body that is not as declared: of each fault where it is and what it is.</summary>
    private static string Details(JsonElement details) => Plain(string.Join("; ", details.EnumerateArray().Take(MostEntries).Select(d =>
        d.ValueKind == JsonValueKind.String ? d.GetString()
        : string.Join('.', d.Items("loc").Select(l => l.ToString())) is { Length: > 0 } place ? $"{place}: {d.Text("msg")}"
        : d.Text("msg") ?? d.Text("message"))));

    /// <summary>The status that an error names, by its number, also as text, or by the name of its code or type.</summary>
    private static int? StatusIn(JsonElement said) =>
        Number(said.Of("code")) ?? Number(said.Of("status")) ?? Number(said.Of("status_code"))
        ?? Named(said.Text("code")) ?? Named(said.Text("type")) ?? Named(said.Text("status")) ?? Named(said.Text("error_type"));

    private static int? Number(JsonElement code)
    {
        var told = code.ValueKind switch
        {
            JsonValueKind.Number => code.TryGetInt32(out var number) ? number : 0,
            JsonValueKind.String => int.TryParse(code.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : 0,
            _ => 0,
        };
        return told is >= 400 and < 600 ? told : null;
    }

    /// <summary>The status of an error's name: of OpenAI's, vLLM's, llama.cpp's, Anthropic's or Google's.</summary>
    private static int? Named(string? name) =>
        name?.ToUpperInvariant().Replace("_", "", StringComparison.Ordinal).Replace("ERROR", "", StringComparison.Ordinal) switch
        {
            "INVALIDREQUEST" or "BADREQUEST" or "UNPROCESSABLEENTITY" or "VALIDATION" or "INVALIDARGUMENT" or "NOTSUPPORTED"
                or "CONTEXTLENGTHEXCEEDED" or "EXCEEDCONTEXTSIZE" or "CONTEXTWINDOWEXCEEDED" => 400,
            "AUTHENTICATION" or "INVALIDAPIKEY" or "UNAUTHENTICATED" => 401,
            "PERMISSION" or "PERMISSIONDENIED" => 403,
            "NOTFOUND" or "MODELNOTFOUND" => 404,
            "RATELIMIT" or "RATELIMITEXCEEDED" or "RESOURCEEXHAUSTED" => 429,
            "OVERLOADED" or "UNAVAILABLE" or "SERVICEUNAVAILABLE" => 503,
            _ => null,
        };

    /// <summary>Plain text without control characters, cut where it is long; nothing of a web page.</summary>
    private static string Plain(string text)
    {
        var plain = new StringBuilder(Math.Min(text.Length, MostCharacters));
        foreach (var character in text.AsSpan().Trim())
        {
            if (plain.Length == MostCharacters)
                break;
            plain.Append(char.IsControl(character) || character == '\uFFFD' ? ' ' : character);
        }
        return plain is { Length: > 0 } && plain[0] == '<' ? "" : plain.ToString().Trim();
    }
}
