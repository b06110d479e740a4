using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Ollama;

/// <summary>
/// The top-level fields of a chat request, as Ollama has them. Each is either taken, or does not change the answer, or is refused.
/// </summary>
internal sealed class OllamaFields
{
    /// <summary>The names of number fields, each with the name of Ollama's option of the same meaning.</summary>
    private static readonly Dictionary<string, string> Options = new()
    {
        ["temperature"] = "temperature", ["top_p"] = "top_p", ["top_k"] = "top_k", ["min_p"] = "min_p", ["typical_p"] = "typical_p",
        ["presence_penalty"] = "presence_penalty", ["frequency_penalty"] = "frequency_penalty",
        ["repeat_penalty"] = "repeat_penalty", ["repetition_penalty"] = "repeat_penalty", ["repeat_last_n"] = "repeat_last_n",
    };

    private readonly Dictionary<string, JsonElement> _options = [];
    private readonly Dictionary<string, JsonElement> _more = [];
    private readonly Dictionary<string, string> _own = [];
    private JsonElement _stop;

    /// <exception cref="EngineRefusalException">A field has no counterpart.</exception>
    public OllamaFields(JsonElement request)
    {
        foreach (var field in request.EnumerateObject())
        {
            if (!IsNothing(field.Value))
                Take(field.Name, field.Value);
        }
        if (request.Text("tool_choice") == "none")
            _more.Remove("tools");
        Limit = (request.Whole("max_completion_tokens") ?? request.Whole("max_tokens")) is >= 0 and var limit ? limit : null;
    }

    /// <summary>Whether log probabilities are asked for.</summary>
    public bool WantsLogprobs => _more.TryGetValue("logprobs", out var logprobs) && logprobs.ValueKind == JsonValueKind.True;

    /// <summary>Most tokens of the answer; null: no limit.</summary>
    public long? Limit { get; }

    /// <summary>Appends the taken fields to a body that has fields already.</summary>
    /// <param name="into">The body, without its closing brace.</param>
    /// <param name="options">Further options, as JSON.</param>
    public void Write(JsonSegments into, IEnumerable<string> options)
    {
        foreach (var (name, value) in _more)
            into.Add($",\"{name}\":").Add(value);
        foreach (var (name, json) in _own.Where(o => !_more.ContainsKey(o.Key)))
            into.Add($",\"{name}\":{json}");
        into.Add(",\"options\":{");
        var separator = "";
        foreach (var option in options)
            into.Add(Next(ref separator) + option);
        foreach (var (name, value) in _options)
            into.Add($"{Next(ref separator)}\"{name}\":").Add(value);
        if (_stop.ValueKind == JsonValueKind.Array)
            into.Add($"{Next(ref separator)}\"stop\":").Add(_stop);
        else if (_stop.ValueKind == JsonValueKind.String)
            into.Add($"{Next(ref separator)}\"stop\":[").Add(_stop).Add("]");
        into.Add("}");
    }

    private static string Next(ref string separator)
    {
        var now = separator;
        separator = ",";
        return now;
    }

    private void Take(string name, JsonElement value)
    {
        switch (name)
        {
            case "model" or "messages" or "stream" or "stream_options" or "seed" or "max_tokens" or "max_completion_tokens":
            case "user" or "metadata" or "store" or "safety_identifier" or "prompt_cache_key" or "prompt_cache_retention" or "service_tier":
                break; // read elsewhere, or nothing that changes an answer
            case "tools" or "logprobs" or "top_logprobs" or "think":
                _more[name] = value;
                break;
            case "stop" when value.ValueKind is JsonValueKind.String or JsonValueKind.Array:
                _stop = value;
                break;
            case "response_format":
                Format(value);
                break;
            case "reasoning_effort":
                _own["think"] = Effort(value);
                break;
            case "n" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var n) && n == 1:
            case "tool_choice" when value.ValueKind == JsonValueKind.String && (value.ValueEquals("auto") || value.ValueEquals("none")):
            case "parallel_tool_calls" when value.ValueKind == JsonValueKind.True:
                break; // what it does anyway
            case var option when Options.TryGetValue(option, out var its) && value.ValueKind == JsonValueKind.Number:
                _options[its] = value;
                break;
            default:
                throw Refusal(name);
        }
    }

    private void Format(JsonElement format)
    {
        switch (format.Text("type"))
        {
            case "text":
                break;
            case "json_object":
                _own["format"] = "\"json\"";
                break;
            case "json_schema" when format.Of("json_schema").Of("schema") is { ValueKind: JsonValueKind.Object } schema:
                _more["format"] = schema;
                break;
            default:
                throw Refusal("response_format");
        }
    }

    private static string Effort(JsonElement effort) => effort.ValueKind != JsonValueKind.String
        ? throw Refusal("reasoning_effort")
        : effort.GetString() switch
        {
            "none" => "false",
            "minimal" or "low" => "\"low\"",
            "medium" => "\"medium\"",
            "high" => "\"high\"",
            _ => throw Refusal("reasoning_effort"),
        };

    /// <summary>Whether a field asks for nothing: null, or an empty array or object.</summary>
    public static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    /// <summary>The refusal of a field that Ollama can't take.</summary>
    public static EngineRefusalException Refusal(string name) => new(400, "unsupported_value", name switch
    {
        "n" => "Ollama gives one choice. Leave 'n' out, and ask again for another answer.",
        "tool_choice" => "Ollama can't be told which tool to call. Leave 'tool_choice' out, or send 'auto' or 'none'.",
        "logprobs" => "This Ollama tells no log probabilities; it would have to be 0.12.11 or later. Leave 'logprobs' out.",
        "parallel_tool_calls" => "Ollama can't be told to call one tool at a time. Leave 'parallel_tool_calls' out.",
        _ => $"Ollama has nothing like '{name}' with this value, and would answer as if it were not there. "
            + "Leave it out, or ask for a model that another engine serves.",
    }, name);
}
