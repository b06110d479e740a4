using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>A picture is turned as its EXIF asks for, as in a viewer.</summary>
public sealed class OrientationTests
{
    private const int Width = 37;
    private const int Height = 23;

    private static readonly Canvas Sample = new Canvas(Width, Height).Paint((x, y) => (x << 16) | (y << 8) | 200);

    public static TheoryData<int> All => [1, 2, 3, 4, 5, 6, 7, 8];

    // As stored: white at the top left, black at the top right. Each orientation has a place of its own for the two.
    [Theory]
    [InlineData(1, "96x48", "at the top left", "at the top right")]
    [InlineData(2, "96x48", "at the top right", "at the top left")]
    [InlineData(3, "96x48", "at the bottom right", "at the bottom left")]
    [InlineData(4, "96x48", "at the bottom left", "at the bottom right")]
    [InlineData(5, "48x96", "at the top left", "at the bottom left")]
    [InlineData(6, "48x96", "at the top right", "at the bottom right")]
    [InlineData(7, "48x96", "at the bottom right", "at the top right")]
    [InlineData(8, "48x96", "at the bottom left", "at the top left")]
    public async Task The_engine_tells_size_and_places_as_the_picture_is_seen(int orientation, string size, string white, string black)
    {
        var stored = new Canvas(96, 48).Paint((x, y) => y >= 16 || x is >= 32 and < 64 ? 0x20A040 : x < 32 ? 0xFFFFFF : 0x000000);
        byte[][] files =
        [
            ExifSamples.Jpeg(stored.Jpeg(), (ushort)orientation),
            ExifSamples.Png(stored.Png(), ExifSamples.Tiff((ushort)orientation)),
            ExifSamples.WebP(WebPBuilder.Still(stored, lossless: false), 96, 48, (ushort)orientation),
        ];
        foreach (var file in files)
        {
            var answer = await DescribeAsync(file);
            Assert.Contains(size, answer, StringComparison.Ordinal);
            Assert.Contains(size == "96x48" ? "landscape" : "portrait", answer, StringComparison.Ordinal);
            Assert.Matches($"lightest part is {white}, the darkest {black}\\.|gathers {white}, while it is darkest {black}\\.|"
                + $"darkest {black} and lightest {white}\\.", answer);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_pixel_comes_where_it_belongs(int orientation)
    {
        byte[][] files =
        [
            ExifSamples.Png(Sample.Png(), ExifSamples.Tiff((ushort)orientation, little: true)),
            ExifSamples.WebP(WebPBuilder.Still(Sample, lossless: true), Width, Height, (ushort)orientation, little: true),
        ];
        foreach (var file in files)
        {
            var picture = PictureDecoder.Decode(file, Width * Height);
            Assert.Equal(orientation < 5 ? (Width, Height) : (Height, Width), (picture.Width, picture.Height));
            for (var at = 0; at < Width * Height; at++)
            {
                var (x, y) = Stored(orientation, at % picture.Width, at / picture.Width);
                Assert.Equal([(byte)x, (byte)y, 200, 255], picture.Rgba[(at * 4)..((at * 4) + 4)]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_header_s_size_is_the_picture_s(int orientation)
    {
        foreach (var little in (bool[])[false, true])
        {
            var file = ExifSamples.Jpeg(Sample.Jpeg(), (ushort)orientation, little);
            var header = PictureDecoder.ReadHeader(file);
            var picture = PictureDecoder.Decode(file, Width * Height);
            Assert.Equal(orientation < 5 ? (Width, Height) : (Height, Width), (header.Width, header.Height));
            Assert.Equal((header.Width, header.Height), (picture.Width, picture.Height));
        }
    }

    [Fact]
    public void An_orientation_that_is_none_turns_nothing()
    {
        byte[] six = ExifSamples.Tiff(6);
        byte[][] broken =
        [
            [], .. (byte[][])[six[..4], six[..9], six[..15], ExifSamples.Tiff(0), ExifSamples.Tiff(9), ExifSamples.Tiff(ushort.MaxValue)],
            [.. six[..4], 0xFF, 0xFF, 0xFF, 0xFF, .. six[8..]], // a directory beyond the end
            [.. six[..8], 0xFF, 0xFF, 0, 0, .. six[12..]], // other entries than the orientation, more than there are
            [.. six[..12], 0, 4, .. six[14..]], // a number of another type
            [.. "XX"u8, .. six[2..]],
        ];
        foreach (var exif in broken)
            Assert.Equal(Sample.Rgba, PictureDecoder.Decode(ExifSamples.Png(Sample.Png(), exif), Width * Height).Rgba);
        // Browsers leave out what comes behind the pixels, and the page's preview should look like what is measured.
        Assert.Equal(Sample.Rgba, PictureDecoder.Decode(ExifSamples.Png(Sample.Png(), six, last: true), Width * Height).Rgba);
        Assert.Equal((Width, Height, "JPEG"), PictureDecoder.ReadHeader(ExifSamples.Jpeg(Sample.Jpeg(), 0)));
        Assert.Equal((Width, Height, "JPEG"), PictureDecoder.ReadHeader(ExifSamples.Jpeg(Sample.Jpeg(), 9)));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(6, 2)]
    public void Turning_takes_one_more_copy_of_the_pixels_at_most(int orientation, int copies)
    {
        var file = ExifSamples.Jpeg(Canvas.Solid(1024, 512, 0x4080C0).Jpeg(), (ushort)orientation);
        PictureDecoder.Decode(file, 1024 * 512);
        var before = GC.GetAllocatedBytesForCurrentThread();

        PictureDecoder.Decode(file, 1024 * 512);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (copies * 1024 * 512 * 4) + 100_000);
    }

    /// <summary>Where the pixel at this place of the seen picture is stored. EXIF says where row 0 and column 0 are seen.</summary>
    private static (int X, int Y) Stored(int orientation, int x, int y) => orientation switch
    {
        1 => (x, y), // row 0 at the top, column 0 on the left
        2 => (Width - 1 - x, y), // top, right
        3 => (Width - 1 - x, Height - 1 - y), // bottom, right
        4 => (x, Height - 1 - y), // bottom, left
        5 => (y, x), // row 0 on the left, column 0 at the top
        6 => (y, Height - 1 - x), // right, top
        7 => (Width - 1 - y, Height - 1 - x), // right, bottom
        _ => (Width - 1 - y, x), // left, bottom
    };

    private static async Task<string> DescribeAsync(byte[] file)
    {
        using var engine = new EmbeddedEngine(
            Options.Create(new EngineOptions { Embedded = new() { TokensPerSecond = 0, FirstTokenDelayMilliseconds = 0 } }),
            new ManualTimeProvider());
        var request = new ChatRequest { Messages = [new("user", [new TextPart("Describe it"), new ImagePart(file, "p")])] };
        var events = engine.GenerateAsync(request, TestContext.Current.CancellationToken);
        return string.Concat(await events.OfType<EngineTokens>().Select(t => t.Text).ToListAsync());
    }
}
