using System.Text;
using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed class PictureDecoderTests
{
    private static readonly Canvas Sample = new Canvas(37, 23).Paint((x, y) => (x * 6 << 16) | (y * 11 << 8) | ((x + y) % 2 * 255));

    [Fact]
    public void Png_and_bmp_come_back_pixel_by_pixel()
    {
        foreach (var (file, format) in new[] { (Sample.Png(), "PNG"), (Sample.Bmp(), "BMP") })
        {
            var picture = PictureDecoder.Decode(file, 1000);
            Assert.Equal((37, 23, format), (picture.Width, picture.Height, picture.Format));
            Assert.Equal(Sample.Rgba, picture.Rgba);
        }
    }

    [Fact]
    public void Alpha_is_kept()
    {
        var half = Canvas.Solid(4, 3, 0x204060, alpha: 77);
        Assert.Equal(half.Rgba, PictureDecoder.Decode(half.Png(), 100).Rgba);
        Assert.Equal(half.Rgba, PictureDecoder.Decode(half.Bmp(), 100).Rgba);
    }

    [Fact]
    public void The_header_says_what_the_picture_has()
    {
        Assert.Equal((37, 23, "PNG"), PictureDecoder.ReadHeader(Sample.Png()));
        Assert.Equal((37, 23, "JPEG"), PictureDecoder.ReadHeader(Sample.Jpeg()));
        Assert.Equal((37, 23, "BMP"), PictureDecoder.ReadHeader(Sample.Bmp()));
        Assert.Equal((5, 4, "GIF"), PictureDecoder.ReadHeader(GifBuilder.Build(5, 4, 0, 0, 5, 4, new byte[20])));
    }

    [Fact]
    public void More_pixels_than_allowed_are_refused_before_memory_is_taken()
    {
        var claim = PngBuilder.Build(50_000, 50_000, 8, 6, false, [0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("image_too_large", Refusal(claim, maxPixels: 10_000_000).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        // Within the limit, but the file is far too short for what it claims.
        Assert.Equal("invalid_image", Refusal(PngBuilder.Build(3000, 3000, 8, 6, false, [0]), maxPixels: 10_000_000).Code);
        Assert.Equal("image_too_large", Refusal(Sample.Png(), maxPixels: (37 * 23) - 1).Code);
        Assert.Equal(37, PictureDecoder.Decode(Sample.Png(), 37 * 23).Width);
    }

    [Theory]
    [InlineData("II*\0\b\0\0\0", "TIFF")]
    [InlineData("MM\0*\0\0\0\b", "TIFF")]
    [InlineData("II+\0\b\0\0\0", "TIFF")]
    [InlineData("\0\0\0\u001cftypavif\0\0\0\0avifmif1miaf", "AVIF")]
    [InlineData("\0\0\0\u001cftypavis\0\0\0\0", "AVIF")]
    [InlineData("\0\0\0\u001cftypheic\0\0\0\0mif1heicmiaf", "HEIC")]
    [InlineData("\0\0\0\u001cftyphevc\0\0\0\0", "HEIC")]
    [InlineData("\0\0\0\u001cftypmif1\0\0\0\0mif1heicmiaf", "HEIC")]
    [InlineData("\0\0\0\u001cftypmif1\0\0\0\0mif1avifmiaf", "AVIF")]
    [InlineData("\0\0\0\u0014ftypmif1\0\0\0\0mif1heic", "HEIF")] // the second of these stands behind the list of brands
    [InlineData("\u00ff\u00ff\u00ff\u00ffftypmif1\0\0\0\0mif1", "HEIF")]
    [InlineData("\0\0\0\u0018ftypmp42\0\0\0\0isommp42", "a video (MP4 or a relative)")]
    [InlineData("\0\0\0\fJXL \r\n\u0087\n\0\0\0\u0014ftypjxl ", "JPEG XL")]
    [InlineData("\u00ff\n\u00fa\u001f", "JPEG XL")]
    [InlineData("\0\0\0\fjP  \r\n\u0087\n\0\0\0\u0014ftypjp2 ", "JPEG 2000")]
    [InlineData("\u00ffO\u00ffQ\0/", "JPEG 2000")]
    [InlineData("\0\0\u0001\0\u0001\0\u0010\u0010", "an icon or cursor (ICO, CUR)")]
    [InlineData("8BPS\0\u0001", "Photoshop (PSD)")]
    [InlineData("<?xml version=\"1.0\"?><svg width=\"3\"/>", "SVG")]
    [InlineData("%PDF-1.7", "PDF")]
    public void Other_formats_are_named_with_what_to_do(string start, string name)
    {
        var refusal = Refusal(Encoding.Latin1.GetBytes(start));
        Assert.Equal("unsupported_image_format", refusal.Code);
        Assert.Equal($"The picture is {name}, which this engine does not read. Send it as JPEG, PNG or WebP.", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello, this is no picture")]
    [InlineData("\u0089PNG\r\n\u001a\n")]
    [InlineData("GIF89a")]
    [InlineData("BM")]
    [InlineData("RIFF\0\0\0\0WAVEfmt ")]
    [InlineData("RIFF\0\0\0\0WEBPVP8 ")]
    [InlineData("\0\0\0\fJXX \r\n\u0087\n")]
    public void What_is_no_picture_is_refused(string text) =>
        Assert.Equal("invalid_image", Refusal(Encoding.Latin1.GetBytes(text)).Code);

    [Fact]
    public void A_file_that_stops_early_is_refused_wherever_it_stops()
    {
        byte[][] files =
        [
            Sample.Png(), Sample.Jpeg(), Sample.Bmp(), JpegSamples.Progressive, JpegSamples.Restarts,
            GifBuilder.Build(9, 7, 0, 0, 9, 7, new byte[63]),
        ];
        foreach (var file in files)
        {
            Assert.NotNull(PictureDecoder.Decode(file, 10_000));
            for (var length = 0; length < file.Length; length++)
            {
                Assert.Equal("invalid_image", Refusal(file[..length]).Code);
            }
        }
    }

    private static PictureException Refusal(byte[] file, long maxPixels = 1_000_000) =>
        Assert.Throws<PictureException>(() => PictureDecoder.Decode(file, maxPixels));
}
