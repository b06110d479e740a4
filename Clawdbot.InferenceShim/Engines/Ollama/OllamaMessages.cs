using System.Runtime.InteropServices;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>
/// Writes messages in Ollama's form: the text of a message is one string, its pictures stand beside it as base64, the arguments of a tool
/// call are an object. Text and pictures are pieces of the client's bytes.
/// </summary>
internal sealed class OllamaMessages(JsonSegments into, bool takesPictures)
{
    private readonly Dictionary<string, string> _tools = [];
    private string _separator = "";

    /// <summary>Writes the client's messages.</summary>
    /// <exception cref="EngineRefusalException">A message holds something that Ollama can't take.</exception>
    public void Write(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
            throw Invalid("'messages' must be an array of messages.", "messages");
        var i = 0;
        foreach (var message in messages.EnumerateArray())
            Write(message, $"messages[{i++}]");
    }

    /// <summary>Writes a last message of the assistant, from which Ollama goes on.</summary>
    public void WriteAssistant(string text) => into.Add($$"""{{_separator}}{"role":"assistant","content":{{RawEdit.Text(text)}}}""");

    private void Write(JsonElement message, string at)
    {
        var role = message.Text("role") switch
        {
            "developer" => "system", // templates know no developer
            ("system" or "user" or "assistant" or "tool") and var known => known,
            "function" => "tool", // its older name
            { Length: > 0 } other => other, // of the model's own template
            _ => throw Invalid($"'{at}.role' must be a role, such as system, user, assistant or tool.", $"{at}.role"),
        };
        into.Add($$"""{{_separator}}{"role":{{RawEdit.Text(role)}},""");
        _separator = ",";
        var content = message.Of("content");
        var hasContent = content.ValueKind != JsonValueKind.Undefined && !OllamaFields.IsNothing(content) && message.Text("content") != "";
        Content(hasContent || role != "assistant" ? content : message.Of("refusal"), $"{at}.content");
        foreach (var field in message.EnumerateObject().Where(f => !OllamaFields.IsNothing(f.Value)))
            Field(role, field.Name, field.Value, $"{at}.{field.Name}", hasContent);
        if (role == "tool" && message.Text("name") is null && _tools.GetValueOrDefault(message.Text("tool_call_id") ?? "") is { } tool)
            into.Add($",\"tool_name\":{RawEdit.Text(tool)}");
        into.Add("}");
    }

    private void Field(string role, string name, JsonElement value, string at, bool hasContent)
    {
        switch (role, name)
        {
            case (_, "role" or "content"):
                break;
            case ("tool", "tool_call_id") when value.ValueKind == JsonValueKind.String:
                into.Add(",\"tool_call_id\":").Add(value);
                break;
            case ("tool", "name") when value.ValueKind == JsonValueKind.String:
                into.Add(",\"tool_name\":").Add(value);
                break;
            case ("assistant", "reasoning_content" or "reasoning") when value.ValueKind == JsonValueKind.String:
                into.Add(",\"thinking\":").Add(value);
                break;
            case ("assistant", "tool_calls") when value.ValueKind == JsonValueKind.Array:
                Calls(value, at);
                break;
            case ("assistant", "refusal") when value.ValueKind == JsonValueKind.String && !hasContent:
                break; // it stands in for the content
            default:
                throw Invalid($"Ollama has nothing like '{at}', and would answer as if it were not there. Leave it out.", at);
        }
    }

    private void Content(JsonElement content, string at)
    {
        var pictures = new List<(JsonElement Url, string At)>();
        into.Add("\"content\":\"");
        if (content.ValueKind == JsonValueKind.String)
            into.Add(Inside(content));
        else if (content.ValueKind == JsonValueKind.Array)
            Parts(content, at, pictures);
        else if (content.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            throw Invalid($"'{at}' must be a string or an array of parts.", at);
        into.Add("\"");
        if (pictures.Count == 0)
            return;
        if (!takesPictures)
        {
            throw new EngineRefusalException(400, "images_not_supported",
                "This model takes no pictures. Leave them out, or ask for a model that takes them.", at);
        }
        into.Add(",\"images\":[");
        for (var i = 0; i < pictures.Count; i++)
            into.Add(i == 0 ? "\"" : ",\"").Add(Base64(pictures[i].Url, pictures[i].At)).Add("\"");
        into.Add("]");
    }

    private void Parts(JsonElement parts, string at, List<(JsonElement Url, string At)> pictures)
    {
        var (i, separator) = (0, "");
        foreach (var part in parts.EnumerateArray())
        {
            var where = $"{at}[{i++}]";
            if (part.Text("type") is ("text" or "refusal") and var type && part.Of(type) is { ValueKind: JsonValueKind.String } text)
            {
                into.Add(separator).Add(Inside(text));
                separator = "\\n";
            }
            else if (part.Text("type") == "image_url" && part.Of("image_url").Of("url") is { ValueKind: JsonValueKind.String } url)
            {
                pictures.Add((url, $"{where}.image_url.url"));
            }
            else
            {
                throw Invalid($"'{where}' must be a part of type 'text' or 'image_url': Ollama takes no other.", where);
            }
        }
    }

    private void Calls(JsonElement calls, string at)
    {
        into.Add(",\"tool_calls\":[");
        var (i, separator) = (0, "");
        foreach (var call in calls.EnumerateArray())
        {
            var (function, where) = (call.Of("function"), $"{at}[{i++}].function");
            var name = function.Text("name") ?? throw Invalid($"'{where}.name' must be a string.", $"{where}.name");
            var id = call.Text("id") ?? "";
            _tools[id] = name;
            into.Add($$$"""{{{separator}}}{"id":{{{RawEdit.Text(id)}}},"function":{"name":"""
                + $$$"""{{{RawEdit.Text(name)}}},"arguments":{{{Arguments(function.Text("arguments"), where)}}}}}""");
            separator = ",";
        }
        into.Add("]");
    }

    /// <summary>The arguments of a tool call as an object; in OpenAI's form they are JSON in a string.</summary>
    private static string Arguments(string? arguments, string at)
    {
        try
        {
            if (string.IsNullOrWhiteSpace(arguments))
                return "{}"; // of a function that takes none
            using var document = JsonDocument.Parse(arguments);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.GetRawText()
                : throw new JsonException("they are no object.");
        }
        catch (JsonException fault)
        {
            throw Invalid($"'{at}.arguments' must be a JSON object, as a string: {fault.Message}", $"{at}.arguments");
        }
    }

    private static ReadOnlySpan<byte> Base64(JsonElement url, string at)
    {
        var uri = Inside(url);
        var comma = uri.IndexOf((byte)',');
        return comma > 0 && uri.StartsWith("data:"u8) && uri[..comma].EndsWith(";base64"u8)
            ? uri[(comma + 1)..]
            : throw new EngineRefusalException(
                400, "image_url_not_supported", "Send the picture as a data URI: data:image/png;base64,....", at);
    }

    /// <summary>The bytes between a string's quotes, with their escapes.</summary>
    private static ReadOnlySpan<byte> Inside(JsonElement text) => JsonMarshal.GetRawUtf8Value(text)[1..^1];

    private static EngineRefusalException Invalid(string message, string param) => new(400, "invalid_value", message, param);
}
