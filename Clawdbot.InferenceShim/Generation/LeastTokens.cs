using Clawdbot.ServiceDefaults.Pictures;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Computes the fewest tokens that a prompt can have, whatever the tokenizer: one that is too long by it cannot fit.</summary>
internal static class LeastTokens
{
    /// <summary>Bytes of the longest token of letters that are not ASCII in any vocabulary: 16 Chinese characters.</summary>
    private const int MostBytesOfToken = 48;

    /// <summary>
    /// Tokens of text: one for each word between spaces, and one for each <see cref="MostBytesOfToken"/> bytes of other letters.
    /// </summary>
    /// <param name="text">UTF-8, or the inside of a JSON string of it.</param>
    public static long OfText(ReadOnlySpan<byte> text)
    {
        var (words, others, isInWord) = (0L, 0L, false);
        foreach (var character in text)
        {
            if (character >= 0x80)
                others++;
            var isSpace = character == (byte)' ';
            if (!isSpace && !isInWord && character < 0x80)
                words++;
            isInWord = !isSpace;
        }
        return words + others / MostBytesOfToken;
    }

    /// <summary>
    /// Tokens of a picture for Qwen's vision models, by their own rule; for other models 1, because nothing more is known.
    /// </summary>
    /// <param name="model">The model's id.</param>
    /// <param name="size">The picture's size, in pixels.</param>
    /// <param name="most">See <see cref="GuardOptions.ImageTokens"/>.</param>
    public static long OfPicture(string model, (int Width, int Height) size, int most) =>
        model.Contains("qwen", StringComparison.OrdinalIgnoreCase) && model.Contains("vl", StringComparison.OrdinalIgnoreCase)
            ? Math.Min(ImageTokens.Count(size.Width, size.Height), most)
            : 1;
}
