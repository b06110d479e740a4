namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Takes off what a server repeats of the text that it was given to go on from. llama.cpp's server, where a request only ends with the
/// assistant's words and nothing more is said, shows them again in front of the first token and in the same event (since
/// ggml-org/llama.cpp#23089); whether one does so can't be asked.
/// </summary>
/// <param name="given">What it was given.</param>
/// <param name="least">
/// Characters from which on it is believed to be a repetition: a model may say a short text twice, and then nothing must be lost.
/// </param>
internal sealed class PrefillEcho(string given, int least)
{
    /// <summary>Characters that no single token says by chance.</summary>
    public const int BeyondChance = 16;

    private bool _isOver = given.Length < Math.Max(1, least);

    /// <summary>What is new of a piece of text; only the first that is not empty can hold a repetition.</summary>
    public string Strip(string text)
    {
        if (_isOver || text.Length == 0)
            return text;
        _isOver = true;
        return text.StartsWith(given, StringComparison.Ordinal) ? text[given.Length..] : text;
    }
}
