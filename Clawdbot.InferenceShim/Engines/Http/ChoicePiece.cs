using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Separates plain text from everything else that a choice can hold.</summary>
internal static class ChoicePiece
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The plain text of a delta or a message; may be empty.</summary>
    public static string Text(JsonElement delta) =>
        delta.ValueKind == JsonValueKind.Object
        && delta.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : "";

    /// <summary>The fields of an <see cref="EnginePiece"/>, or null when there is nothing but text.</summary>
    public static byte[]? Of(JsonElement choice, JsonElement delta)
    {
        var more = delta.ValueKind == JsonValueKind.Object
            ? delta.EnumerateObject().Where(f => f.Name is not ("role" or "content") && !IsEmpty(f.Value)).ToList()
            : [];
        var hasLogprobs = choice.TryGetProperty("logprobs", out var logprobs) && !IsEmpty(logprobs);
        if (more.Count == 0 && !hasLogprobs)
            return null;
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Relaxed))
        {
            json.WriteStartObject();
            json.WriteStartObject("delta");
            if (Text(delta) is { Length: > 0 } text)
                json.WriteString("content", text);
            foreach (var field in more)
                field.WriteTo(json);
            json.WriteEndObject();
            if (hasLogprobs)
            {
                json.WritePropertyName("logprobs");
                logprobs.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Whether a value says nothing: engines send fields that are null or empty.</summary>
    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
