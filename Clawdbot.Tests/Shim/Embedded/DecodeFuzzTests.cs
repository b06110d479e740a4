using Clawdbot.InferenceShim.Engines.Embedded;
using CsCheck;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Whatever a stranger sends is a picture or a refusal, never another exception.</summary>
public sealed class DecodeFuzzTests
{
    private const long MaxPixels = 200_000;

    private static readonly byte[][] Seeds =
    [
        Canvas.Noise(19, 13).Png(), Canvas.Noise(19, 13).Jpeg(), Canvas.Noise(19, 13).Bmp(),
        JpegSamples.Progressive, JpegSamples.Restarts, JpegSamples.Inks,
        JpegSamples.BrightnessInks, ExifSamples.Jpeg(Canvas.Noise(19, 13).Jpeg(), 6),
        ExifSamples.Png(Canvas.Noise(19, 13).Png(), ExifSamples.Tiff(6)),
        WebPBuilder.Still(Canvas.Noise(19, 13), lossless: true),
        ExifSamples.WebP(WebPBuilder.Still(Canvas.Noise(19, 13), lossless: false), 19, 13, 6),
        WebPBuilder.Animation(20, 14, (2, 2, Canvas.Noise(9, 7)), (0, 0, Canvas.Noise(20, 14))),
        GifBuilder.Build(9, 7, 1, 1, 7, 5, [.. Enumerable.Range(0, 35).Select(pixel => (byte)(pixel % 4))], 2, interlaced: true),
    ];

    private static readonly string[] Starts = ["", "\u0089PNG\r\n\u001a\n", "\u00ff\u00d8\u00ff", "GIF89a", "BM", "RIFF\u0020\u0001\0\0WEBPVP8"];

    private static readonly Gen<byte[]> Changed = Gen.Select(
        Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 5000], Gen.Byte).List[1, 8], (seed, changes) =>
        {
            var file = (byte[])Seeds[seed].Clone();
            foreach (var (at, value) in changes) file[at % file.Length] = value;
            return file;
        });

    [Fact]
    public void Changed_bytes() => Changed.Holds(PictureOrRefusal, cases: 15_000);

    [Fact]
    public void Random_bytes_after_a_valid_start() => Gen.Select(Gen.Int[0, Starts.Length - 1], Gen.Byte.Array[0, 300])
        .Select((start, rest) => (byte[])[.. Starts[start].Select(letter => (byte)letter), .. rest])
        .Holds(PictureOrRefusal, cases: 15_000);

    // Checksums would stop most changes of a PNG file at the door: here they are right, and the content is not.
    [Fact]
    public void Random_png_content_with_right_checksums() => Gen.Select(
            Gen.Int[1, 40], Gen.Int[1, 40], Gen.OneOf<byte>(1, 2, 4, 8, 16), Gen.OneOf<byte>(0, 2, 3, 4, 6), Gen.Bool,
            Gen.Byte[0, 5].Array[0, 4000], Gen.Byte.Array[0, 9])
        .Select(png => PngBuilder.Build(png.Item1, png.Item2, png.Item3, png.Item4, png.Item5, png.Item6, png.Item7, png.Item7))
        .Holds(PictureOrRefusal, cases: 5_000);

    private static bool PictureOrRefusal(byte[] file)
    {
        try
        {
            var picture = PictureDecoder.Decode(file, MaxPixels);
            PictureMeter.Measure(picture);
            return picture.Rgba.Length == picture.Width * picture.Height * 4;
        }
        catch (PictureException refusal)
        {
            return refusal.Code is "invalid_image" or "unsupported_image_format" or "image_too_large" && refusal.Message.Length > 20;
        }
    }
}
