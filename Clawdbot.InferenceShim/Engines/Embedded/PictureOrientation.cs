using System.Runtime.InteropServices;
using SkiaSharp;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Turns a picture as viewers do: cameras store what the sensor saw, and beside it how it was held (EXIF's orientation).</summary>
internal static class PictureOrientation
{
    // So many rows of the result are written side by side: one column at a time would miss the processor's cache at each pixel.
    private const int StripColumns = 16;

    /// <summary>The orientation that a file asks for; none, or one that is not valid, is <see cref="SKEncodedOrigin.TopLeft"/>.</summary>
    public static SKEncodedOrigin Of(SKCodec codec, ReadOnlySpan<byte> file, string format) =>
        format == Signature.Png ? PngOrientation.Of(file) : codec.EncodedOrigin;

    /// <summary>Columns and rows of the picture once it is turned.</summary>
    public static (int Width, int Height) Seen(this SKEncodedOrigin origin, int width, int height) =>
        IsOnItsSide(origin) ? (height, width) : (width, height);

    /// <summary>
    /// The pixels turned, four bytes each. Changes <paramref name="rgba"/> in place, or returns another array of its length
    /// where width and height are swapped.
    /// </summary>
    /// <param name="origin">Where the first pixel that is stored belongs.</param>
    /// <param name="rgba">The pixels as they are stored.</param>
    /// <param name="width">Columns as they are stored.</param>
    /// <param name="height">Rows as they are stored.</param>
    public static byte[] Turn(this SKEncodedOrigin origin, byte[] rgba, int width, int height)
    {
        if (IsOnItsSide(origin))
        {
            rgba = Transposed(rgba, width, height);
            width = height;
        }
        var pixels = MemoryMarshal.Cast<byte, uint>(rgba.AsSpan());
        switch (origin)
        {
            case SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom:
                pixels.Reverse();
                break;
            case SKEncodedOrigin.TopRight or SKEncodedOrigin.RightTop:
                MirrorRows(pixels, width);
                break;
            case SKEncodedOrigin.BottomLeft or SKEncodedOrigin.LeftBottom:
                pixels.Reverse();
                MirrorRows(pixels, width);
                break;
        }
        return rgba;
    }

    private static bool IsOnItsSide(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    private static void MirrorRows(Span<uint> pixels, int width)
    {
        for (; pixels.Length > 0; pixels = pixels[width..])
            pixels[..width].Reverse();
    }

    /// <summary>Rows become columns: the first row stored becomes the left column.</summary>
    private static byte[] Transposed(byte[] rgba, int width, int height)
    {
        var turned = GC.AllocateUninitializedArray<byte>(rgba.Length);
        var from = MemoryMarshal.Cast<byte, uint>(rgba.AsSpan());
        var to = MemoryMarshal.Cast<byte, uint>(turned.AsSpan());
        for (var left = 0; left < width; left += StripColumns)
        {
            var right = Math.Min(left + StripColumns, width);
            for (var y = 0; y < height; y++)
            {
                for (var x = left; x < right; x++)
                    to[(x * height) + y] = from[(y * width) + x];
            }
        }
        return turned;
    }
}
