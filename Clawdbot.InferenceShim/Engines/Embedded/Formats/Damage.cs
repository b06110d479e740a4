namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The refusals that all formats share.</summary>
internal static class Damage
{
    /// <summary>The file stops before the picture is complete.</summary>
    public static PictureException Truncated(string format) =>
        new(PictureException.Invalid, $"The {format} file is truncated: it ends before the picture is complete.");

    /// <summary>The file contradicts itself or its format.</summary>
    public static PictureException Damaged(string format, string what) =>
        new(PictureException.Invalid, $"The {format} file is damaged: {what}.");

    /// <summary>A valid variant that is not read here.</summary>
    /// <param name="format">As in <see cref="Signature"/>.</param>
    /// <param name="what">Names the variant, as the subject of a sentence.</param>
    public static PictureException Variant(string format, string what) => new(
        PictureException.Unsupported,
        $"{what} is a variant of {format} that this engine does not read. Save the picture as an ordinary PNG or JPEG.");
}
