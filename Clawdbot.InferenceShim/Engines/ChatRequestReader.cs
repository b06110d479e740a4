using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>Parses and checks an OpenAI chat request. The gateway has checked it already, but a shim does not rely on that.</summary>
internal static class ChatRequestReader
{
    private const int MostStops = 64;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    /// <param name="body">The client's bytes.</param>
    /// <param name="extras">What the gateway adds to the request.</param>
    /// <exception cref="EngineRefusalException">The bytes are no valid chat request.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body, GenerationExtras extras)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return Read(document.RootElement, extras);
        }
        catch (JsonException fault)
        {
            throw new EngineRefusalException(400, "invalid_json", $"The body is not JSON: {fault.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new EngineRefusalException(
                400, "invalid_json", "The body holds text that is not valid Unicode, such as half a surrogate pair.");
        }
    }

    private static ChatRequest Read(JsonElement root, GenerationExtras extras)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw Invalid("The body must be a JSON object.", null);
        return new ChatRequest
        {
            Messages = Messages(root),
            MaxTokens = Limit(root, "max_completion_tokens") ?? Limit(root, "max_tokens"),
            Choices = Number(root, "n", 1, 8) ?? 1,
            Stop = Stops(root),
            Seed = IsGreedy(root) ? 0 : Seed(root) ?? extras.Seed ?? 0,
            Continue = extras.Continue ?? [],
            MoreThanText = [.. root.EnumerateObject()
                .Where(f => MoreThanText.Fields.Contains(f.Name) && MoreThanText.IsWanted(f.Name, JsonMarshal.GetRawUtf8Value(f.Value)))
                .Select(f => f.Name)],
        };
    }

    private static List<ChatMessage> Messages(JsonElement root)
    {
        if (!root.TryGetProperty("messages", out var messages)
            || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw Invalid("'messages' must be an array with at least one message.", "messages");
        var result = new List<ChatMessage>(messages.GetArrayLength());
        foreach (var message in messages.EnumerateArray())
        {
            var at = $"messages[{result.Count}]";
            if (message.ValueKind != JsonValueKind.Object
                || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
                throw Invalid($"{at} must be an object with a 'role'.", at);
            var parts = message.TryGetProperty("content", out var content) ? Parts(content, $"{at}.content") : [];
            result.Add(new ChatMessage(role.GetString()!, parts));
        }
        return result;
    }

    private static List<ChatPart> Parts(JsonElement content, string at) => content.ValueKind switch
    {
        JsonValueKind.String => [new TextPart(content.GetString()!)],
        JsonValueKind.Null => [],
        JsonValueKind.Array => [.. content.EnumerateArray().Select((part, i) => Part(part, $"{at}[{i}]"))],
        _ => throw Invalid($"'{at}' must be a string or an array of parts.", at),
    };

    private static ChatPart Part(JsonElement part, string at)
    {
        var type = part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty("type", out var kind) && kind.ValueKind == JsonValueKind.String
            ? kind.GetString()
            : null;
        if (type == "text" && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
            return new TextPart(text.GetString()!);
        if (type == "refusal" && part.TryGetProperty("refusal", out var refusal) && refusal.ValueKind == JsonValueKind.String)
            return new TextPart(refusal.GetString()!); // what the assistant said instead of an answer
        if (type == "image_url" && part.TryGetProperty("image_url", out var image) && image.ValueKind == JsonValueKind.Object
            && image.TryGetProperty("url", out var url) && url.ValueKind == JsonValueKind.String)
            return new ImagePart(DataUri(url, $"{at}.image_url.url"), $"{at}.image_url.url");
        throw Invalid(type is null or "text" or "image_url" or "refusal"
            ? $"'{at}' must be a part of type 'text' or 'image_url'."
            : $"'{at}' is of type '{type}', and the embedded engine takes only 'text' and 'image_url'.", at);
    }

    private static byte[] DataUri(JsonElement url, string at)
    {
        var raw = JsonMarshal.GetRawUtf8Value(url)[1..^1];
        if (raw.Contains((byte)'\\'))
            raw = System.Text.Encoding.UTF8.GetBytes(url.GetString()!);
        var comma = raw.IndexOf((byte)',');
        if (comma < 0 || !raw.StartsWith("data:"u8) || !raw[..comma].EndsWith(";base64"u8))
        {
            throw new EngineRefusalException(
                400, "image_url_not_supported", "Send the picture as a data URI: data:image/png;base64,....", at);
        }
        var encoded = raw[(comma + 1)..];
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        return Base64.DecodeFromUtf8(encoded, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            ? bytes[..written]
            : throw new EngineRefusalException(
                400, "invalid_image", "The data URI's base64 is not valid. Encode the whole file, without line breaks.", at);
    }

    private static List<string> Stops(JsonElement root)
    {
        if (!root.TryGetProperty("stop", out var stop) || stop.ValueKind == JsonValueKind.Null)
            return [];
        var given = stop.ValueKind == JsonValueKind.Array ? stop.EnumerateArray().ToList() : [stop];
        return given.Count <= MostStops && given.All(s => s.ValueKind == JsonValueKind.String)
            ? [.. given.Select(s => s.GetString()!).Where(s => s.Length > 0)]
            : throw Invalid($"'stop' must be a string or at most {MostStops} strings.", "stop");
    }

    /// <summary>Whether nothing is drawn: then every answer is the same, whatever the seed.</summary>
    private static bool IsGreedy(JsonElement root) =>
        root.TryGetProperty("temperature", out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0;

    private static long? Seed(JsonElement root) =>
        !root.TryGetProperty("seed", out var seed) || seed.ValueKind == JsonValueKind.Null ? null
        : seed.ValueKind == JsonValueKind.Number && seed.TryGetInt64(out var value) ? value
        : throw Invalid("'seed' must be a whole number of 64 bits.", "seed");

    /// <summary>A limit of tokens; null for none, which is -1 too, as servers of llama.cpp and Ollama have it.</summary>
    private static int? Limit(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var limit)
        && limit == -1
            ? null
            : Number(root, name, 1, int.MaxValue);

    private static int? Number(JsonElement root, string name, int from, int to)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= from && number <= to
            ? number
            : throw Invalid($"'{name}' must be a whole number from {from} to {to}.", name);
    }

    private static EngineRefusalException Invalid(string message, string? param) => new(400, "invalid_value", message, param);
}
