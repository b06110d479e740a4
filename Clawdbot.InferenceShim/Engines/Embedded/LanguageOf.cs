using System.Text;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>The languages in which the embedded engine can answer.</summary>
internal enum PromptLanguage
{
    English,
    Chinese,
}

/// <summary>Finds the language to answer in.</summary>
internal static class LanguageOf
{
    // One Chinese character says about as much as four Latin letters: at a fifth of the letters it is half of the meaning.
    private const double ChineseFromShare = 0.2;

    /// <summary>Chinese when Chinese characters are at least a fifth of the letters; otherwise English, also without letters.</summary>
    public static PromptLanguage Prompt(string text)
    {
        long letters = 0, han = 0, kana = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetter(rune)) continue;
            letters++;
            if (IsHan(rune.Value)) han++;
            else if (rune.Value is >= 0x3041 and <= 0x30FF) kana++;
        }

        // Japanese mixes Chinese characters with kana; whoever writes it is served better by English.
        var japanese = kana * 4 > han;
        return han > 0 && !japanese && han >= letters * ChineseFromShare ? PromptLanguage.Chinese : PromptLanguage.English;
    }

    private static bool IsHan(int value) =>
        value is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF;
}
