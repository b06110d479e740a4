namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Tells formats apart by their first bytes; names and declared media types are not believed.</summary>
internal static class Signature
{
    public const string Png = "PNG";
    public const string Jpeg = "JPEG";
    public const string Gif = "GIF";
    public const string Bmp = "BMP";

    private const string Readable = "This engine reads PNG, JPEG, GIF and BMP.";

    /// <summary>The format of a file: one of the four names.</summary>
    /// <exception cref="PictureException">Another picture format (unsupported), or no picture (invalid).</exception>
    public static string FormatOf(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty) throw new PictureException(PictureException.Invalid, $"The picture is empty (0 bytes). {Readable}");
        if (file is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..]) return Png;
        if (file is [0xFF, 0xD8, 0xFF, ..]) return Jpeg;
        if (file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8)) return Gif;
        if (file.StartsWith("BM"u8)) return Bmp;
        throw OtherFormat(file) is { } other
            ? new PictureException(PictureException.Unsupported, $"The picture is {other}. {Readable}")
            : new PictureException(PictureException.Invalid, $"The data is not a picture in a known format. {Readable}");
    }

    private static string? OtherFormat(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WEBP"u8)) return "WebP";
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)) return "TIFF";
        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8)) return IsoBrand(file[8..12]);
        if (file.StartsWith("\0\0\u0001\0"u8) || file.StartsWith("\0\0\u0002\0"u8)) return "an icon or cursor (ICO, CUR)";
        if (file.StartsWith("8BPS"u8)) return "Photoshop (PSD)";
        if (file.StartsWith("%PDF"u8)) return "PDF";
        return LooksLikeSvg(file) ? "SVG" : null;
    }

    private static string IsoBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("avi"u8)) return "AVIF";
        return brand.StartsWith("he"u8) || brand.StartsWith("mif1"u8) ? "HEIF" : "a video or an HEIF relative";
    }

    private static bool LooksLikeSvg(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(file.Length, 1024)];
        return start.IndexOf("<svg"u8) >= 0;
    }
}
