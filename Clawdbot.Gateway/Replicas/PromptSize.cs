namespace Clawdbot.Gateway.Replicas;

/// <summary>How much an engine has to read before it can answer; an estimate, made without a tokenizer.</summary>
/// <param name="TextTokens">Tokens of text: its bytes divided by four.</param>
/// <param name="ImageTokens">Tokens of pictures, from their size in pixels.</param>
internal readonly record struct PromptSize(int TextTokens, int ImageTokens)
{
    private const int BytesOfToken = 4;

    /// <summary>Fixed part of the time to the first token, as a number of tokens: network, queue and first step.</summary>
    private const int Base = 512;

    /// <summary>Weight of a token of a picture, which also passes the vision tower; a token of text has 1.</summary>
    private const int PictureToken = 2;

    /// <summary>Tokens of text and pictures together.</summary>
    public int Tokens => TextTokens + ImageTokens;

    /// <summary>Number to which the time to the first token is assumed to be proportional.</summary>
    public double Weight => Base + TextTokens + (double)PictureToken * ImageTokens;

    /// <summary>Estimates the size of a request's prompt.</summary>
    /// <param name="textBytes">Bytes of the body without its pictures.</param>
    /// <param name="imageTokens">Tokens of pictures.</param>
    public static PromptSize Of(long textBytes, long imageTokens) =>
        new((int)Math.Min(textBytes / BytesOfToken + 1, int.MaxValue / 2), (int)Math.Min(imageTokens, int.MaxValue / 2));
}
