namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Tells formats apart by their first bytes; names and declared media types are not believed.</summary>
internal static class Signature
{
    public const string Png = "PNG";
    public const string Jpeg = "JPEG";
    public const string Gif = "GIF";
    public const string Bmp = "BMP";
    public const string WebP = "WebP";

    private const string Readable = "This engine reads PNG, JPEG, WebP, GIF and BMP.";

    /// <summary>The format of a file: one of the five names.</summary>
    /// <exception cref="PictureException">Another picture format (unsupported), or no picture (invalid).</exception>
    public static string FormatOf(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) throw new PictureException(PictureException.Invalid, $"The picture is empty (0 bytes). {Readable}");
        if (file is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]) return Png;
        if (file is [0xFF, 0xD8, 0xFF, ..]) return Jpeg;
        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8)) return Gif;
        if (file.StartsWith("BM"u8)) return Bmp;
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WEBP"u8)) return WebP;
        throw OtherFormats.NameOf(file) is { } other
            ? new PictureException(PictureException.Unsupported,
                $"The picture is {other}, which this engine does not read. Send it as JPEG, PNG or WebP.")
            : new PictureException(PictureException.Invalid, $"The data is not a picture in a known format. {Readable}");
    }
}
