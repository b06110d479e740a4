namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Removes what a server repeats of the text that it was given to go on from. llama.cpp's server, when a request just ends with the
/// assistant's words, shows them again in front of the first token and in the same event (since
/// ggml-org/llama.cpp#23089); whether one does so can't be asked.
/// </summary>
/// <param name="given">The text that the server was given.</param>
/// <param name="least">
/// Length in characters from which equal text counts as a repetition: a model may itself say a short text twice, and that must stay.
/// </param>
internal sealed class PrefillEcho(string given, int least)
{
    /// <summary>Length in characters that no single token repeats by chance.</summary>
    public const int BeyondChance = 16;

    private bool _isOver = given.Length < Math.Max(1, least);

    /// <summary>The new part of a piece of text; only the first piece that is not empty can hold a repetition.</summary>
    public string Strip(string text)
    {
        if (_isOver || text.Length == 0)
            return text;
        _isOver = true;
        return text.StartsWith(given, StringComparison.Ordinal) ? text[given.Length..] : text;
    }
}
