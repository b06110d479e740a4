using System.Text.Json;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Fields by which a client asks for more than plain text, or for text of a certain form: tools, grammars under the names of all engines,
/// log probabilities. Such an answer has a state that neither its ids nor its text hold.
/// </summary>
internal static class MoreThanText
{
    /// <summary>Whether a field is one of them.</summary>
    public static bool IsField(string name) => name is "tools" or "functions" or "response_format" or "logprobs" or "top_logprobs" or "prompt_logprobs"
        or "guided_json" or "guided_regex" or "guided_choice" or "guided_grammar" or "structured_outputs" or "grammar" or "json_schema" or "regex" or "ebnf" or "format";

    /// <summary>Whether it asks for anything. The reader stands on the value and stays on its end.</summary>
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

    /// <summary><c>{"type":"text"}</c> is what there is without it.</summary>
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

    /// <summary>To the end of the array; true when it was there at once.</summary>
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
