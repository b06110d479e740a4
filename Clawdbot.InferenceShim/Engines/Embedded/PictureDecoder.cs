using Clawdbot.InferenceShim.Engines.Embedded.Formats;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>
/// Turns a file into pixels. The decoders are managed code without pointers: the bytes come from strangers, and a
/// picture that could crash one replica would be sent to the next one and crash that too.
/// </summary>
internal static class PictureDecoder
{
    /// <summary>
    /// The size in pixels and the format ("PNG", "JPEG", "GIF", "BMP"), from the header alone; allocates nothing by what it claims.
    /// </summary>
    /// <exception cref="PictureException">Not a picture, a damaged header, or a format that this engine does not read.</exception>
    public static (int Width, int Height, string Format) ReadHeader(ReadOnlySpan<byte> file)
    {
        var format = Signature.FormatOf(file);
        var (width, height) = format switch
        {
            Signature.Png => PngHeader.Read(file).Size,
            Signature.Jpeg => JpegSegments.ReadSize(file),
            Signature.Gif => GifFile.ReadSize(file),
            _ => BmpHeader.Read(file).Size,
        };
        return (width, height, format);
    }

    /// <summary>
    /// Decodes a whole file (of an animation the first picture). The header is checked against
    /// <paramref name="maxPixels"/> (width times height) first; a file that stops early is refused.
    /// </summary>
    /// <exception cref="PictureException">The file cannot be used; nothing else is thrown, whatever the bytes.</exception>
    public static Picture Decode(ReadOnlyMemory<byte> file, long maxPixels)
    {
        var (width, height, format) = ReadHeader(file.Span);
        // A byte array holds no more than 2^31 bytes, at four a pixel.
        if ((long)width * height > Math.Min(maxPixels, Array.MaxLength / 4))
        {
            throw new PictureException(
                PictureException.TooLarge,
                $"The picture has {width}x{height} pixels; at most {maxPixels} pixels are allowed. Send a smaller one.");
        }

        var rgba = format switch
        {
            Signature.Png => PngFile.Decode(file),
            Signature.Jpeg => JpegFile.Decode(file),
            Signature.Gif => GifFile.Decode(file),
            _ => BmpFile.Decode(file.Span),
        };
        return new Picture(width, height, rgba, format);
    }
}
