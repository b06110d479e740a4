namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Puts EXIF's orientation into picture files, as cameras do.</summary>
internal static class ExifSamples
{
    /// <summary>The JPEG with an APP1 segment before everything else.</summary>
    public static byte[] Jpeg(byte[] file, ushort orientation, bool little = false)
    {
        byte[] content = [.. "Exif\0\0"u8, .. Tiff(orientation, little)];
        return [.. file[..2], 0xFF, 0xE1, .. Big((ushort)(content.Length + 2)), .. content, .. file[2..]];
    }

    /// <summary>The PNG with an eXIf chunk behind its header, or, against the custom, behind the pixels.</summary>
    public static byte[] Png(byte[] file, byte[] exif, bool last = false)
    {
        var at = last ? file.Length - 12 : 33;
        return [.. file[..at], .. PngBuilder.Chunk("eXIf", exif), .. file[at..]];
    }

    /// <summary>A simple WebP in the extended form, with a chunk of EXIF.</summary>
    public static byte[] WebP(byte[] file, int width, int height, ushort orientation, bool little = false) => WebPBuilder.Riff(
    [
        .. WebPBuilder.Extended(flags: 0x08, width, height), .. file[12..], .. WebPBuilder.Chunk("EXIF", Tiff(orientation, little)),
    ]);

    /// <summary>EXIF with one entry.</summary>
    public static byte[] Tiff(ushort orientation, bool little = false) => little
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, (byte)(orientation >> 8), 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, .. Big(orientation), 0, 0, 0, 0, 0, 0];

    private static byte[] Big(ushort value) => [(byte)(value >> 8), (byte)value];
}
