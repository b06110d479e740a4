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

    /// <summary>A WebP of two colours.</summary>
    public static byte[] WebP(int width, int height, (byte Red, byte Green, byte Blue) colour, (byte Red, byte Green, byte Blue) below)
    {
        static int Rgb((byte Red, byte Green, byte Blue) c) => (c.Red << 16) | (c.Green << 8) | c.Blue;
        return WebPBuilder.Still(new Canvas(width, height).Paint((_, y) => Rgb(y < height * 9 / 10 ? colour : below)), lossless: false);
    }

    /// <summary>The beginning of a photo as a telephone takes it.</summary>
    public static byte[] Heic() => [0, 0, 0, 0x18, .. "ftypheic"u8, 0, 0, 0, 0, .. "mif1heic"u8, .. new byte[40]];

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
