namespace Clawdbot.Gateway.Replicas;

/// <summary>How much an engine has to read before it can answer; an estimate, made without a tokenizer.</summary>
/// <param name="TextTokens">Tokens of text: its bytes over four.</param>
/// <param name="ImageTokens">Tokens of pictures, from their size in pixels.</param>
internal readonly record struct PromptSize(int TextTokens, int ImageTokens)
{
    private const int BytesOfToken = 4;

    /// <summary>Both.</summary>
    public int Tokens => TextTokens + ImageTokens;

    /// <param name="textBytes">Everything of the body but its pictures.</param>
    /// <param name="imageTokens">Tokens of pictures.</param>
    public static PromptSize Of(long textBytes, long imageTokens) =>
        new((int)Math.Min(textBytes / BytesOfToken + 1, int.MaxValue / 2), (int)Math.Min(imageTokens, int.MaxValue / 2));
}
