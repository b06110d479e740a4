using System.Buffers.Binary;
using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Colours are right however a file stores them.</summary>
public sealed class ColourDepthTests
{
    [Theory]
    [InlineData(0, 0xC8AA, 0, 0, 0, 0xC8, 0xC8, 0xC8, 255)]
    [InlineData(2, 0xC8AA, 0x3210, 0x07FF, 0, 0xC8, 0x32, 0x07, 255)]
    [InlineData(4, 0xC8AA, 0x4000, 0, 0, 0xC8, 0xC8, 0xC8, 0x40)]
    [InlineData(6, 0xC8AA, 0x3210, 0x07FF, 0x8080, 0xC8, 0x32, 0x07, 0x80)]
    public void Sixteen_bits_are_as_good_as_eight(int colourType, params int[] values)
    {
        var samples = colourType switch { 0 => 1, 2 => 3, 4 => 2, _ => 4 };
        var row = new byte[1 + (5 * samples * 2)];
        for (var i = 0; i < 5 * samples; i++)
            BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(1 + (2 * i)), (ushort)values[i % samples]);

        var picture = PictureDecoder.Decode(PngBuilder.Build(5, 3, 16, (byte)colourType, false, [.. row, .. row, .. row]), 15);

        Assert.All(picture.Rgba.Chunk(4), pixel => AssertNear(values.AsSpan(4), pixel, within: 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_palette_gives_colours_and_alpha_at_every_depth(byte depth)
    {
        var last = (1 << depth) - 1;
        byte[] row = [0, (byte)(last << (8 - depth))]; // the left pixel has the byte's highest bits
        var colours = new byte[3 << depth];
        (colours[3 * last], colours[(3 * last) + 1], colours[(3 * last) + 2]) = (10, 200, 90);
        var alpha = Enumerable.Repeat((byte)255, last + 1).ToArray();
        alpha[last] = 60;

        var picture = PictureDecoder.Decode(PngBuilder.Build(1, 1, depth, 3, false, row, colours, alpha), 1);

        Assert.Equal([10, 200, 90, 60], picture.Rgba);
    }

    [Fact]
    public void Inks_become_the_colours_they_print()
    {
        var picture = PictureDecoder.Decode(JpegSamples.Inks, 960);
        for (var at = 0; at < 960; at++)
        {
            var (red, green, blue) = JpegSamples.Expected(at % 40, at / 40);
            AssertNear([red, green, blue, 255], picture.Rgba.AsSpan(at * 4, 4), within: 8);
        }
    }

    [Fact]
    public void Inks_stored_as_brightness_and_colours_become_the_colours_they_print()
    {
        var picture = PictureDecoder.Decode(JpegSamples.BrightnessInks, 1200);
        Assert.Equal((40, 30, "JPEG"), (picture.Width, picture.Height, picture.Format));
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var (red, green, blue) = JpegSamples.QuarterColours[quarter];
            var at = (((quarter / 2 * 20) + 5) * 40) + (quarter % 2 * 24) + 8;
            AssertNear([red, green, blue, 255], picture.Rgba.AsSpan(at * 4, 4), within: 4);
        }
    }

    // The pixels are stored in proportion to the light (gamma 1), and primaries are those of most screens.
    [Fact]
    public void A_file_that_says_what_its_numbers_mean_is_believed()
    {
        var plain = PngBuilder.Build(1, 1, 8, 2, false, [0, 55, 0, 255]);
        byte[] linear = [.. plain[..33], .. PngBuilder.Chunk("gAMA", [0, 1, 0x86, 0xA0]), .. plain[33..]];

        AssertNear([55, 0, 255, 255], PictureDecoder.Decode(plain, 1).Rgba, within: 0);
        AssertNear([128, 0, 255, 255], PictureDecoder.Decode(linear, 1).Rgba, within: 1);
    }

    private static void AssertNear(ReadOnlySpan<int> expected, ReadOnlySpan<byte> pixel, int within)
    {
        for (var i = 0; i < 4; i++)
            Assert.InRange(pixel[i], expected[i] - within, expected[i] + within);
    }
}
