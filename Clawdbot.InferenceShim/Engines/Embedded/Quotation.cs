using System.Globalization;
using System.Text;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The beginning of a question, as the answer quotes it.</summary>
/// <param name="Text">The quoted text, verbatim; empty when nothing was asked.</param>
/// <param name="Cut">Whether the question is longer than the quoted text.</param>
internal readonly record struct Quotation(string Text, bool Cut)
{
    private const int MostElements = 200;

    // One visible character can be built from any number of marks.
    private const int MostCharacters = 2000;

    /// <summary>Whether nothing was asked; without text but cut, there was something too long to be quoted.</summary>
    public bool IsEmpty => Text.Length == 0 && !Cut;

    /// <summary>Whether the text ends a sentence, so that no full stop should follow it.</summary>
    public bool EndsItself => Text.Length > 0 && ".!?…。！？".Contains(Text[^1]);

    /// <summary>The first 200 text elements (characters as people count them: an emoji is one), without white space around them.</summary>
    public static Quotation Of(string text)
    {
        var trimmed = text.AsSpan().Trim();
        int length = 0, elements = 0;
        while (length < trimmed.Length && elements < MostElements)
        {
            var next = StringInfo.GetNextTextElementLength(trimmed[length..]);
            if (length + next > MostCharacters) break;
            length += next;
            elements++;
        }

        return new Quotation(WellFormed(trimmed[..length]), length < trimmed.Length);
    }

    // Half a surrogate pair would become a replacement character further on; here, it is the same for all who read it.
    private static string WellFormed(ReadOnlySpan<char> text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) clean.Append(rune);
        return clean.ToString();
    }
}
