using StbImageWriteSharp;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Pixels to be saved in any format that the library writes.</summary>
internal sealed class Canvas(int width, int height)
{
    public int Width => width;

    public int Height => height;

    public byte[] Rgba { get; } = new byte[width * height * 4];

    /// <summary>One colour (0xRRGGBB) everywhere.</summary>
    public static Canvas Solid(int width, int height, int rgb, byte alpha = 255) => new Canvas(width, height).Paint((_, _) => rgb, alpha);

    /// <summary>Deterministic noise, as a sensor makes it.</summary>
    public static Canvas Noise(int width, int height) => new Canvas(width, height).Paint((x, y) =>
    {
        var mixed = unchecked((uint)((x * 73856093) ^ (y * 19349663)) * 2654435761u);
        return (int)(mixed >> 8);
    });

    public Canvas Paint(Func<int, int, int> colour, byte alpha = 255)
    {
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var rgb = colour(x, y);
                var at = ((y * width) + x) * 4;
                (Rgba[at], Rgba[at + 1], Rgba[at + 2], Rgba[at + 3]) = ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb, alpha);
            }
        }

        return this;
    }

    public byte[] Png() => Save(stream => new ImageWriter().WritePng(Rgba, width, height, ColorComponents.RedGreenBlueAlpha, stream));

    public byte[] Jpeg(int quality = 92) =>
        Save(stream => new ImageWriter().WriteJpg(Rgba, width, height, ColorComponents.RedGreenBlueAlpha, stream, quality));

    public byte[] Bmp() => Save(stream => new ImageWriter().WriteBmp(Rgba, width, height, ColorComponents.RedGreenBlueAlpha, stream));

    private static byte[] Save(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
