using Clawdbot.InferenceShim.Engines.Embedded;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

public sealed class PictureMeterTests
{
    [Fact]
    public void Shares_of_colours_are_those_of_the_area()
    {
        var facts = Measure(new Canvas(100, 50).Paint((x, _) => x < 60 ? 0x0000FF : x < 90 ? 0xFF0000 : 0xFFFF00));
        Assert.Equal(
            [
                (ColourName.Blue, 0.6, Placement.Everywhere),
                (ColourName.Red, 0.3, Placement.Right),
                (ColourName.Yellow, 0.1, Placement.Right),
            ],
            facts.Colours.Select(colour => (colour.Colour, Math.Round(colour.Share, 6), colour.Placement)));
        Assert.Equal((100, 50, "PNG"), (facts.Width, facts.Height, facts.Format));
    }

    [Fact]
    public void A_large_picture_is_sampled_and_the_shares_stay_right()
    {
        // One sample stands for 4 x 4 pixels; at even steps, it would always fall on the same of the two striped colours.
        var facts = Measure(new Canvas(976, 976).Paint((x, y) => y < 325 ? 0xFFFFFF : x / 2 % 2 == 0 ? 0x008000 : 0x8B4513));
        var shares = facts.Colours.ToDictionary(colour => colour.Colour, colour => colour.Share);
        Assert.InRange(shares[ColourName.White], 0.32, 0.35);
        Assert.InRange(shares[ColourName.Green], 0.32, 0.35);
        Assert.InRange(shares[ColourName.Brown], 0.32, 0.35);
        Assert.Equal(1, facts.Colours.Sum(colour => colour.Share), 9);
        Assert.Equal(Placement.Top, facts.Colours.Single(colour => colour.Colour == ColourName.White).Placement);
    }

    [Fact]
    public void The_same_pixels_give_the_same_facts()
    {
        var canvas = Canvas.Noise(700, 700);
        var (first, second) = (Measure(canvas), Measure(canvas));
        Assert.Equal(first.Colours, second.Colours);
        Assert.Equal(first, second with { Colours = first.Colours });
    }

    [Theory]
    [InlineData(0x000000, 0.0)]
    [InlineData(0xFFFFFF, 1.0)]
    [InlineData(0x808080, 0.502)]
    [InlineData(0x00FF00, 0.7152)]
    public void Brightness_is_luma(int colour, double brightness)
    {
        var facts = Measure(Canvas.Solid(20, 20, colour));
        Assert.Equal(brightness, facts.Brightness, 0.001);
        Assert.Equal(0, facts.Contrast);
        Assert.Equal(PictureKind.SingleColour, facts.Kind);
    }

    [Fact]
    public void Light_and_dark_places_are_found()
    {
        var facts = Measure(new Canvas(90, 90).Paint((x, y) => x >= 60 && y < 30 ? 0xFFFFFF : x < 30 && y >= 60 ? 0x000000 : 0x808080));
        Assert.Equal((2, 6), (facts.LightestCell, facts.DarkestCell));
        Assert.Equal(1, facts.CellRange, 0.001);
        Assert.Equal(1, facts.Contrast, 0.001);
    }

    [Fact]
    public void A_drawing_is_told_from_a_photograph()
    {
        var blocks = new Canvas(200, 200).Paint((x, y) => (x / 50) + (y / 50) == 3 ? 0xFF0000 : 0xEEEEFF);
        Assert.Equal(PictureKind.Drawing, Measure(blocks).Kind);
        Assert.Equal(PictureKind.Drawing, Measure(new Canvas(200, 200).Paint((x, y) => (x + y) % 2 == 0 ? 0 : 0xFFFFFF)).Kind);
        Assert.Equal(PictureKind.Photograph, Measure(Canvas.Noise(200, 200)).Kind);
        Assert.Equal(PictureKind.Drawing, Measure(new Canvas(200, 200).Paint((x, _) => 0x606060 + (x / 25 * 0x010101))).Kind);
        // Equally bright, yet two colours.
        Assert.Equal(PictureKind.Drawing, Measure(new Canvas(20, 20).Paint((x, _) => x < 10 ? 0xFF0000 : 0x004C00)).Kind);
    }

    [Fact]
    public void Transparent_parts_do_not_count_as_colour()
    {
        var canvas = Canvas.Solid(10, 10, 0xFF0000);
        for (var pixel = 0; pixel < 75; pixel++) canvas.Rgba[(pixel * 4) + 3] = 0;
        var facts = Measure(canvas);
        Assert.Equal(0.75, facts.TransparentShare, 6);
        Assert.Equal([(ColourName.Red, 1.0)], facts.Colours.Select(colour => (colour.Colour, colour.Share)));

        var nothing = Measure(Canvas.Solid(10, 10, 0xFF0000, alpha: 0));
        Assert.Empty(nothing.Colours);
        Assert.Equal(1, nothing.TransparentShare);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 100_000)]
    [InlineData(100_000, 1)]
    [InlineData(2, 3)]
    public void Any_shape_can_be_measured(int width, int height) =>
        Assert.Equal(ColourName.Orange, Measure(Canvas.Solid(width, height, 0xFFA500)).Colours.Single().Colour);

    [Fact]
    public void The_only_pixel_is_in_the_centre() => Assert.Equal(4, Measure(Canvas.Solid(1, 1, 0)).LightestCell);

    private static PictureFacts Measure(Canvas canvas) =>
        PictureMeter.Measure(new Picture(canvas.Width, canvas.Height, canvas.Rgba, "PNG"));
}
