using System.Buffers.Binary;
using Clawdbot.Tests.Shim.Embedded;
using StbImageWriteSharp;

namespace Clawdbot.Tests.Fakes;

/// <summary>Pictures as clients send them, good ones and others.</summary>
internal static class Pictures
{
    /// <summary>A PNG of two colours: <paramref name="colour"/> above and, in the lowest tenth, <paramref name="below"/>.</summary>
    public static byte[] Png(int width, int height, (byte Red, byte Green, byte Blue) colour, (byte Red, byte Green, byte Blue) below)
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng(Pixels(width, height, colour, below), width, height, ColorComponents.RedGreenBlue, file);
        return file.ToArray();
    }

    /// <summary>A PNG of one colour.</summary>
    public static byte[] Png(int width, int height, (byte Red, byte Green, byte Blue) colour) => Png(width, height, colour, colour);

    /// <summary>A JPEG of two colours.</summary>
    public static byte[] Jpeg(int width, int height, (byte Red, byte Green, byte Blue) colour, (byte Red, byte Green, byte Blue) below)
    {
        using var file = new MemoryStream();
        new ImageWriter().WriteJpg(Pixels(width, height, colour, below), width, height, ColorComponents.RedGreenBlue, file, 90);
        return file.ToArray();
    }

    /// <summary>A PNG of a few bytes whose header, checksum and all, claims a size.</summary>
    public static byte[] Claiming(int width, int height) =>
        PngBuilder.Build(width, height, depth: 8, colourType: 2, interlaced: false, rows: new byte[64]);

    /// <summary>The beginning of a lossless WebP file.</summary>
    public static byte[] WebP()
    {
        var file = new byte[64];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WEBPVP8L"u8.CopyTo(file.AsSpan(8));
        return file;
    }

    private static byte[] Pixels(int width, int height, (byte Red, byte Green, byte Blue) colour, (byte Red, byte Green, byte Blue) below)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var (red, green, blue) = i < width * height * 9 / 10 ? colour : below;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (red, green, blue);
        }
        return pixels;
    }
}
