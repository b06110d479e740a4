using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Clawdbot.Gateway.Edge;

/// <summary>
/// The plain form of <c>POST /api/process</c>: <c>{"type":"text"|"image","content":...,"image":...?}</c>. It is turned into
/// a chat request and goes the same way as any other.
/// </summary>
/// <remarks>
/// For <c>image</c>, content is the picture itself (data URI or base64), or an instruction about the picture in
/// <c>image</c>, or an instruction without any picture: the engine then says that none came. That last form looks like a
/// mistake and is how the deployment guide this product descends from tests itself, so it is answered.
/// </remarks>
internal static class ProcessRequest
{
    private const int ShortestPicture = 64;

    /// <summary>The chat request for <paramref name="body"/>.</summary>
    /// <exception cref="ApiException">It is not such a form.</exception>
    public static byte[] ToChat(ReadOnlyMemory<byte> body, string model)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw ApiException.BadRequest("invalid_json", "The body must be a JSON object.");
            var type = Text(document.RootElement, "type") ?? throw ApiException.BadRequest("missing_field", "'type' is missing: text or image.", "type");
            var content = Text(document.RootElement, "content") ?? throw ApiException.BadRequest("missing_field", "'content' is missing.", "content");
            var image = Text(document.RootElement, "image");
            return type switch
            {
                "text" => Chat(model, content, null),
                "image" when image is not null => Chat(model, content, Picture(image, shortest: 1) ?? throw ApiException.BadRequest("invalid_image", "'image' must be a data URI or base64.", "image")),
                "image" => Picture(content, ShortestPicture) is { } picture ? Chat(model, null, picture) : Chat(model, content, null),
                _ => throw ApiException.BadRequest("invalid_value", "'type' must be text or image.", "type"),
            };
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest("invalid_json", $"The body is not valid JSON for this form: {fault.Message}");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_json", "The body holds text that is not valid Unicode.");
        }
    }

    private static string? Text(JsonElement root, string name) => !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw FieldRules.Type(name, "a string");

    /// <summary>A data URI, if <paramref name="text"/> is one or is long enough and pure base64 (words between spaces are not); else null.</summary>
    private static string? Picture(string text, int shortest) =>
        text.StartsWith("data:", StringComparison.Ordinal) ? text
        : text.Length >= shortest && !text.Contains(' ', StringComparison.Ordinal) && Base64.IsValid(text) ? $"data:application/octet-stream;base64,{text}"
        : null;

    private static byte[] Chat(string model, string? instruction, string? picture)
    {
        var output = new ArrayBufferWriter<byte>((picture?.Length ?? 0) + 512);
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("model", model);
        json.WriteStartArray("messages");
        json.WriteStartObject();
        json.WriteString("role", "user");
        json.WriteStartArray("content");
        if (instruction is not null)
            Part(json, "text", instruction);
        if (picture is not null)
            Part(json, "image_url", picture);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void Part(Utf8JsonWriter json, string type, string value)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        if (type == "text")
        {
            json.WriteString("text", value);
        }
        else
        {
            json.WriteStartObject("image_url");
            json.WriteString("url", value);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
