using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Reads the strings of one choice, and joins characters that an engine split: some send the halves of a surrogate pair, as the escapes
/// <c>\ud83d</c> and <c>\ude00</c>, in two events. A first half is held until the second one comes in the same field.
/// </summary>
internal sealed class SplitCharacters
{
    private readonly Dictionary<string, char> _halves = [];

    /// <summary>The text of a field's next piece, as far as its characters are whole. A half that stays alone becomes U+FFFD.</summary>
    /// <param name="field">Name of the field.</param>
    /// <param name="piece">A JSON string.</param>
    public string Of(string field, JsonElement piece)
    {
        var (text, isWhole) = Read(piece);
        if (text.Length == 0)
            return text;
        if (_halves.Remove(field, out var first))
            (text, isWhole) = (first + text, false);
        if (isWhole)
            return text;
        if (char.IsHighSurrogate(text[^1]))
        {
            _halves[field] = text[^1];
            text = text[..^1];
        }
        return WellFormed(text);
    }

    /// <summary>What is left of a field when nothing more of it comes.</summary>
    public string Rest(string field) => _halves.Remove(field) ? "\uFFFD" : "";

    /// <summary>A string's text, and whether all its characters are whole.</summary>
    private static (string Text, bool IsWhole) Read(JsonElement piece)
    {
        try
        {
            return (piece.GetString()!, true);
        }
        catch (InvalidOperationException)
        {
            return (Unescaped(piece.GetRawText().AsSpan()[1..^1]), false);
        }
    }

    private static string Unescaped(ReadOnlySpan<char> raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }
            i++; // the parser has seen that the escape is whole
            if (raw[i] == 'u')
            {
                text.Append((char)ushort.Parse(raw.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                text.Append(raw[i] switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', var itself => itself });
            }
        }
        return text.ToString();
    }

    private static string WellFormed(string text)
    {
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            whole.Append(rune.ToString());
        return whole.ToString();
    }
}
