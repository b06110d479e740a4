namespace Clawdbot.Gateway.Replicas;

/// <summary>How much an engine has to read before it can answer; an estimate, made without a tokenizer.</summary>
/// <param name="TextTokens">Tokens of text: its bytes over four.</param>
/// <param name="ImageTokens">Tokens of pictures, from their size in pixels.</param>
internal readonly record struct PromptSize(int TextTokens, int ImageTokens)
{
    private const int BytesOfToken = 4;

    /// <summary>What an attempt costs before its prompt is looked at, in tokens: the way there, the queue, the first step.</summary>
    private const int Base = 512;

    /// <summary>A token of a picture passes the vision tower before it is read like any other.</summary>
    private const int PictureToken = 2;

    /// <summary>Both.</summary>
    public int Tokens => TextTokens + ImageTokens;

    /// <summary>What the time to the first token is taken to be in proportion to.</summary>
    public double Weight => Base + TextTokens + (double)PictureToken * ImageTokens;

    /// <param name="textBytes">Everything of the body but its pictures.</param>
    /// <param name="imageTokens">Tokens of pictures.</param>
    public static PromptSize Of(long textBytes, long imageTokens) =>
        new((int)Math.Min(textBytes / BytesOfToken + 1, int.MaxValue / 2), (int)Math.Min(imageTokens, int.MaxValue / 2));
}
