using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Names the formats that this engine does not read, by their first bytes: who sent one learns what it was.</summary>
internal static class OtherFormats
{
    // The brands of a file of the MPEG-4 family stand at its start; real files have fewer than ten.
    private const int MostBrandBytes = 256;

    /// <summary>The format's name as it stands in a sentence after "is"; null for bytes of no format that is known.</summary>
    public static string? NameOf(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)) return "TIFF";
        if (file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8)) return "TIFF"; // with more than 4 GiB
        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8)) return OfBrands(file);
        if (file is [0xFF, 0x0A, ..] || IsBoxed(file, "JXL "u8)) return "JPEG XL";
        if (file is [0xFF, 0x4F, 0xFF, 0x51, ..] || IsBoxed(file, "jP  "u8)) return "JPEG 2000";
        if (file.StartsWith("\0\0\u0001\0"u8) || file.StartsWith("\0\0\u0002\0"u8)) return "an icon or cursor (ICO, CUR)";
        if (file.StartsWith("8BPS"u8)) return "Photoshop (PSD)";
        if (file.StartsWith("%PDF"u8)) return "PDF";
        return LooksLikeSvg(file) ? "SVG" : null;
    }

    /// <summary>Whether the file begins with the 12 bytes that files of JPEG's successors begin with, all but one kind alike.</summary>
    private static bool IsBoxed(ReadOnlySpan<byte> file, ReadOnlySpan<byte> kind) =>
        file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, .. kind, 0x0D, 0x0A, 0x87, 0x0A]);

    /// <summary>
    /// AVIF and HEIC share their container with videos. The first brand may name only the container; the others tell more.
    /// </summary>
    private static string OfBrands(ReadOnlySpan<byte> file)
    {
        var end = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(file), Math.Min(file.Length, MostBrandBytes));
        var major = file.Slice(8, 4);
        var name = OfBrand(major);
        for (var at = 16; name is null && at + 4 <= end; at += 4)
            name = OfBrand(file.Slice(at, 4));
        return name ?? (major.StartsWith("mif1"u8) || major.StartsWith("msf1"u8) ? "HEIF" : "a video (MP4 or a relative)");
    }

    private static string? OfBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("avi"u8)) return "AVIF";
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) ? "HEIC" : null;
    }

    private static bool LooksLikeSvg(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(file.Length, 1024)];
        return start.IndexOf("<svg"u8) >= 0;
    }
}
