using StbImageWriteSharp;

namespace Clawdbot.Testing.Load;

/// <summary>Creates pictures to ask about.</summary>
internal static class Png
{
    /// <summary>A PNG of one colour, with another colour in its lowest tenth.</summary>
    public static byte[] Write(int width, int height, (byte Red, byte Green, byte Blue) colour, (byte Red, byte Green, byte Blue) below)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = i < width * height * 9 / 10 ? colour : below;
        using var file = new MemoryStream();
        new ImageWriter().WritePng(pixels, width, height, ColorComponents.RedGreenBlue, file);
        return file.ToArray();
    }
}
