using System.Buffers.Binary;
using System.Text;
using SkiaSharp;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Builds WebP files: the pixels by the library, what is around them chunk by chunk.</summary>
internal static class WebPBuilder
{
    /// <summary>A still picture in the simple form, or the extended one where there is alpha.</summary>
    public static byte[] Still(Canvas canvas, bool lossless)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(canvas.Width, canvas.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        canvas.Rgba.CopyTo(bitmap.GetPixelSpan());
        using var pixels = bitmap.PeekPixels();
        var options = new SKWebpEncoderOptions(lossless ? SKWebpEncoderCompression.Lossless : SKWebpEncoderCompression.Lossy, 90);
        using var file = pixels.Encode(options);
        return file!.ToArray();
    }

    /// <summary>An animation without end on a transparent canvas.</summary>
    public static byte[] Animation(int width, int height, params (int X, int Y, Canvas Picture)[] frames) => Riff(
    [
        .. Extended(flags: 0x12, width, height), .. Chunk("ANIM", new byte[6]),
        .. frames.SelectMany(frame => Chunk("ANMF",
        [
            .. Three(frame.X / 2), .. Three(frame.Y / 2), .. Three(frame.Picture.Width - 1), .. Three(frame.Picture.Height - 1),
            .. Three(100), 0, .. Still(frame.Picture, lossless: true)[12..],
        ])),
    ]);

    /// <summary>The whole file around its chunks.</summary>
    public static byte[] Riff(byte[] chunks) => Chunk("RIFF", [.. "WEBP"u8, .. chunks]);

    /// <summary>The header of the extended form.</summary>
    public static byte[] Extended(byte flags, int width, int height) =>
        Chunk("VP8X", [flags, 0, 0, 0, .. Three(width - 1), .. Three(height - 1)]);

    public static byte[] Chunk(string type, byte[] data)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, data.Length);
        return [.. Encoding.ASCII.GetBytes(type), .. size, .. data, .. new byte[data.Length % 2]];
    }

    private static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
}
