using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Estimates how many tokens came together in one event of an engine that does not say it. What may be one token counts as one, because
/// most engines send each token by itself: an answer that comes so is counted exactly.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>Average bytes of a token of text, as the gateway assumes for prompts.</summary>
    private const int BytesOfToken = 4;

    /// <summary>Longest token in any vocabulary, in characters: of letters that are not ASCII, and of all others.</summary>
    private const int MostLetters = 16, MostCharacters = 128;

    /// <summary>Tokens of a piece of text, at least 1. No token has two words with a space between.</summary>
    public static int Of(string text)
    {
        var (words, others, isInWord) = (0, 0, false);
        foreach (var character in text)
        {
            others += char.IsAscii(character) ? 0 : 1;
            var isSpace = char.IsWhiteSpace(character);
            words += !isSpace && !isInWord ? 1 : 0;
            isInWord = !isSpace;
        }
        return words > 1 || others > MostLetters || text.Length > MostCharacters
            ? Math.Max(words, Encoding.UTF8.GetByteCount(text) / BytesOfToken)
            : 1;
    }

    /// <summary>Tokens of a delta that is more than text, at least 1: of its longest part, for mostly it has one only.</summary>
    /// <param name="text">Its plain text.</param>
    /// <param name="delta">The delta.</param>
    public static int OfPiece(string text, JsonElement delta)
    {
        if (delta.ValueKind != JsonValueKind.Object)
            return Of(text);
        var others = delta.EnumerateObject().Where(f => f.Name is not ("role" or ChoiceState.Content)).Select(f => Said(f.Value));
        var arguments = delta.Items("tool_calls").Select(c => Of(Said(c.Of("function").Of("arguments"))));
        return Math.Max(others.Append(text).Max(Of), arguments.Sum());
    }

    private static string Said(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return ""; // it ends within a character
        }
    }
}
