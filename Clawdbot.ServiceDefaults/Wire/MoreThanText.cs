using System.Collections.Frozen;
using System.Text.Json;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>
/// Fields by which a client asks for more than plain text, or for text of a certain form: tools, grammars under the names of all engines,
/// log probabilities, token ids. Such an answer has state that is in neither its token ids nor its text.
/// </summary>
public static class MoreThanText
{
    /// <summary>Name of vLLM's field that asks for the ids of tokens, which come beside the text.</summary>
    public const string ReturnTokenIds = "return_token_ids";

    /// <summary>The names of the fields.</summary>
    public static FrozenSet<string> Fields { get; } = FrozenSet.Create(StringComparer.Ordinal,
        "tools", "functions", "response_format", "logprobs", "top_logprobs", "prompt_logprobs", ReturnTokenIds,
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "grammar", "json_schema", "regex", "ebnf",
        "format");

    /// <summary>The one of <see cref="Capabilities"/> that an engine needs for what a field asks for; null where it needs none.</summary>
    public static string? CapabilityOf(string name) => name switch
    {
        "tools" or "functions" => Capabilities.Tools,
        "logprobs" or "top_logprobs" or "prompt_logprobs" or ReturnTokenIds => null,
        _ => Fields.Contains(name) ? Capabilities.Grammar : null,
    };

    /// <summary>Whether a field asks for anything, by its value: one JSON value.</summary>
    public static bool IsWanted(string name, ReadOnlySpan<byte> value)
    {
        var json = new Utf8JsonReader(value);
        return json.Read() && IsWanted(name, ref json);
    }

    /// <summary>Whether a field asks for anything. The reader is at the value, and afterwards at the value's end.</summary>
    public static bool IsWanted(string name, ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null or JsonTokenType.False:
                return false;
            case JsonTokenType.Number:
                return !json.TryGetInt64(out var number) || number != 0;
            case JsonTokenType.String:
                return json.ValueSpan.Length > 0;
            case JsonTokenType.StartArray:
                json.Read();
                return !SkipTo(JsonTokenType.EndArray, ref json);
            case JsonTokenType.StartObject when name == "response_format":
                return !IsText(ref json);
            default:
                json.Skip();
                return true;
        }
    }

    /// <summary>Whether the value is <c>{"type":"text"}</c>, which is the default.</summary>
    private static bool IsText(ref Utf8JsonReader json)
    {
        var isText = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = json.ValueTextEquals("type"u8);
            json.Read();
            if (isType)
                isText = json.TokenType == JsonTokenType.String && json.ValueTextEquals("text"u8);
            json.Skip();
        }
        return isText;
    }

    /// <summary>Skips to the end of the array; true when the array is empty.</summary>
    private static bool SkipTo(JsonTokenType end, ref Utf8JsonReader json)
    {
        if (json.TokenType == end)
            return true;
        do
        {
            json.Skip();
        }
        while (json.Read() && json.TokenType != end);
        return false;
    }
}
