namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>A picture that cannot be used. The fault is the sender's: another engine would refuse the same file.</summary>
/// <param name="code">One of the three constants; stable, made for programs.</param>
/// <param name="message">What is wrong, in words for the sender.</param>
internal sealed class PictureException(string code, string message) : Exception(message)
{
    /// <summary>Not a picture, damaged, truncated or empty.</summary>
    public const string Invalid = "invalid_image";

    /// <summary>A picture, or a variant of a format, that this engine does not read.</summary>
    public const string Unsupported = "unsupported_image_format";

    /// <summary>More pixels than allowed once decoded.</summary>
    public const string TooLarge = "image_too_large";

    /// <summary><see cref="Invalid"/>, <see cref="Unsupported"/> or <see cref="TooLarge"/>.</summary>
    public string Code { get; } = code;
}
