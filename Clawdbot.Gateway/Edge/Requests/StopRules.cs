using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Checks <c>stop</c>: a string or an array of them. Empty ones stop nothing, and some engines refuse them: they are left out.
/// </summary>
internal static class StopRules
{
    /// <summary>Most strings. OpenAI takes 4, engines any number; each costs time with every token.</summary>
    private const int Most = 64;

    /// <summary>Reads the value that the reader stands on, and leaves the reader on its end.</summary>
    public static void Read(ref Utf8JsonReader json, string name, ChatFindings found)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String when json.ValueSpan.Length == 0: found.Edit(ref json, "null"u8.ToArray()); break;
            case JsonTokenType.String or JsonTokenType.Null: break;
            case JsonTokenType.StartArray: Several(ref json, name, found); break;
            default: throw Wrong(name);
        }
    }

    private static void Several(ref Utf8JsonReader json, string name, ChatFindings found)
    {
        var (start, count, hasEmpty) = ((int)json.TokenStartIndex, 0, false);
        var first = json;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.String)
                throw Wrong(name);
            if (++count > Most)
                throw ApiException.BadRequest("invalid_value", $"'{name}' may hold at most {Most} strings.", name);
            hasEmpty |= json.ValueSpan.Length == 0;
        }
        if (hasEmpty)
            found.Edit(new(start, (int)json.BytesConsumed - start, NotEmpty(first)));
    }

    private static byte[] NotEmpty(Utf8JsonReader json)
    {
        List<byte> kept = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.ValueSpan.Length > 0)
                kept.AddRange([kept.Count == 0 ? (byte)'[' : (byte)',', (byte)'"', .. json.ValueSpan, (byte)'"']);
        }
        return kept.Count == 0 ? [.. "null"u8] : [.. kept, (byte)']'];
    }

    private static ApiException Wrong(string name) => FieldRules.Type(name, "a string or an array of them");
}
