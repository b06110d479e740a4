using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>WebP in all its forms.</summary>
public sealed class WebPTests
{
    private static readonly Canvas Sample = new Canvas(37, 23).Paint((x, y) => (x * 6 << 16) | (y * 11 << 8) | ((x + y) % 2 * 255));

    [Fact]
    public void A_lossless_picture_comes_back_pixel_by_pixel_with_its_alpha()
    {
        var half = Canvas.Solid(4, 3, 0x204060, alpha: 77);

        var picture = PictureDecoder.Decode(WebPBuilder.Still(Sample, lossless: true), 1000);

        Assert.Equal((37, 23, "WebP"), (picture.Width, picture.Height, picture.Format));
        Assert.Equal(Sample.Rgba, picture.Rgba);
        Assert.Equal(half.Rgba, PictureDecoder.Decode(WebPBuilder.Still(half, lossless: true), 100).Rgba);
    }

    [Fact]
    public void A_lossy_picture_has_its_colours_and_its_alpha()
    {
        var picture = PictureDecoder.Decode(WebPBuilder.Still(Canvas.Solid(40, 30, 0x2080C0, alpha: 77), lossless: false), 40 * 30);

        Assert.All(picture.Rgba.Chunk(4), pixel =>
        {
            Assert.InRange(pixel[0], 0x20 - 4, 0x20 + 4);
            Assert.InRange(pixel[1], 0x80 - 4, 0x80 + 4);
            Assert.InRange(pixel[2], 0xC0 - 4, 0xC0 + 4);
            Assert.Equal(77, pixel[3]);
        });
    }

    [Fact]
    public void Of_an_animation_the_first_picture_is_seen_on_its_canvas()
    {
        var file = WebPBuilder.Animation(20, 10, (10, 0, Canvas.Solid(10, 10, 0x00FF00)), (0, 0, Canvas.Solid(20, 10, 0xFF0000)));

        Assert.Equal((20, 10, "WebP"), PictureDecoder.ReadHeader(file));
        var picture = PictureDecoder.Decode(file, 200);
        Assert.Equal([0, 255, 0, 255], picture.Rgba[^4..]);
        Assert.Equal(0, picture.Rgba[3]); // nothing was painted there
        Assert.Equal(100, picture.Rgba.Chunk(4).Count(pixel => pixel[3] == 255));
    }

    [Fact]
    public void The_header_is_checked_before_memory_is_taken()
    {
        var small = WebPBuilder.Animation(2, 2, (0, 0, Canvas.Solid(2, 2, 1)));
        var large = WebPBuilder.Riff([.. WebPBuilder.Extended(0x02, 16384, 16384), .. small[30..]]);
        Assert.Equal((16384, 16384, "WebP"), PictureDecoder.ReadHeader(large));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal("image_too_large", Assert.Throws<PictureException>(() => PictureDecoder.Decode(large, 36_000_000)).Code);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_file_that_stops_early_is_refused_wherever_it_stops()
    {
        byte[][] files =
        [
            WebPBuilder.Still(Sample, lossless: true), WebPBuilder.Still(Sample, lossless: false),
            WebPBuilder.Still(Canvas.Solid(4, 3, 0x204060, alpha: 77), lossless: false),
            WebPBuilder.Animation(20, 10, (0, 0, Canvas.Solid(20, 10, 0x00FF00)), (0, 0, Canvas.Solid(20, 10, 0xFF0000))),
        ];
        foreach (var file in files)
        {
            Assert.NotNull(PictureDecoder.Decode(file, 1000));
            for (var length = 0; length < file.Length; length++)
                Assert.Equal("invalid_image", Refusal(file.AsMemory(0, length)).Code);
        }
        // All of the first picture is there; the rest of the animation got lost.
        Assert.Contains("truncated", Refusal(files[^1].AsMemory(0, files[^1].Length - 20)).Message, StringComparison.Ordinal);
    }

    private static PictureException Refusal(ReadOnlyMemory<byte> file) =>
        Assert.Throws<PictureException>(() => PictureDecoder.Decode(file, 1000));
}
