using System.Buffers.Binary;
using SkiaSharp;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Decodes a picture file with the SkiaSharp library; a file that can't be used is reported in words.</summary>
internal static class PictureDecoder
{
    /// <summary>
    /// The size in pixels, as the picture is seen, and the format ("PNG", "JPEG", "GIF", "BMP", "WebP"), from the header alone;
    /// allocates nothing by what it claims.
    /// </summary>
    /// <exception cref="PictureException">Not a picture, a damaged header, or a format that this engine does not read.</exception>
    public static (int Width, int Height, string Format) ReadHeader(ReadOnlySpan<byte> file)
    {
        var format = Signature.FormatOf(file);
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data, format);
        var (width, height) = PictureOrientation.Of(codec, file, format).Seen(codec.Info.Width, codec.Info.Height);
        return (width, height, format);
    }

    /// <summary>
    /// Decodes a whole file (of an animation the first picture) and turns it as its orientation asks for. The header is checked
    /// against <paramref name="maxPixels"/> (width times height) first; a file that stops early is refused. Holds at most two
    /// copies of the pixels.
    /// </summary>
    /// <exception cref="PictureException">The file cannot be used; nothing else is thrown, whatever the bytes.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> file, long maxPixels)
    {
        var format = Signature.FormatOf(file.Span);
        using var data = SKData.CreateCopy(file.Span);
        using var codec = Open(data, format);
        var origin = PictureOrientation.Of(codec, file.Span, format);
        var (width, height) = origin.Seen(codec.Info.Width, codec.Info.Height);
        // A byte array holds no more than 2^31 bytes, at four a pixel.
        if ((long)width * height > Math.Min(maxPixels, Array.MaxLength / 4))
        {
            throw new PictureException(
                PictureException.TooLarge,
                $"The picture has {width}x{height} pixels; at most {maxPixels} pixels are allowed. Send a smaller one.");
        }
        if (!Whole(file.Span, format))
            throw Truncated(format);
        var rgba = origin.Turn(Pixels(codec, format), codec.Info.Width, codec.Info.Height);
        return new Picture(width, height, rgba, format);
    }

    private static SKCodec Open(SKData data, string format)
    {
        var codec = SKCodec.Create(data);
        if (codec is { Info: { Width: > 0, Height: > 0 } })
            return codec;
        codec?.Dispose();
        throw new PictureException(PictureException.Invalid,
            $"The {format} file is truncated or damaged: its header can't be read. "
            + "Send the whole file, or save it anew as an ordinary PNG or JPEG.");
    }

    private static byte[] Pixels(SKCodec codec, string format)
    {
        // With a colour space for the result the library follows the file's profile; without one it takes the numbers as they stand.
        var (type, alpha, screen) = (SKColorType.Rgba8888, SKAlphaType.Unpremul, SKColorSpace.CreateSrgb());
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, type, alpha, screen);
        var rgba = GC.AllocateUninitializedArray<byte>(info.BytesSize);
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pixels = rgba)
                result = codec.GetPixels(info, (nint)pixels, info.RowBytes, SKCodecOptions.Default);
        }
        return result switch
        {
            SKCodecResult.Success => rgba,
            SKCodecResult.IncompleteInput => throw Truncated(format),
            _ => throw new PictureException(PictureException.Invalid, $"The {format} file is damaged ({result}). Save it anew."),
        };
    }

    /// <summary>
    /// Whether the file has the end that its format prescribes. The library does not check it once the last row is there, and
    /// fills a cut JPEG with grey; a sender whose upload was cut should be told.
    /// </summary>
    private static bool Whole(ReadOnlySpan<byte> file, string format) => format switch
    {
        Signature.Png => file.LastIndexOf("IEND"u8) is > 0 and var end && file.Length - end >= 8,
        Signature.Jpeg => file.LastIndexOf([(byte)0xFF, (byte)0xD9]) > 0,
        Signature.Gif => file.TrimEnd((byte)0) is [.., 0x3B],
        Signature.WebP => file.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length - 8,
        _ => file.Length >= 6 && BinaryPrimitives.ReadUInt32LittleEndian(file[2..]) <= file.Length,
    };

    private static PictureException Truncated(string format) =>
        new(PictureException.Invalid, $"The {format} file is truncated: it ends before the picture is complete. Send the whole file.");
}
