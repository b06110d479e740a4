using Clawdbot.ServiceDefaults.Pictures;
using Xunit;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class ImageTokensTests
{
    [Theory]
    [InlineData(224, 224, 49)]
    [InlineData(640, 480, 300)]
    [InlineData(1024, 768, 768)]
    [InlineData(1280, 720, 880)]
    [InlineData(1920, 1080, 2040)]
    [InlineData(3840, 2160, 8160)]
    [InlineData(720, 1280, 880)]
    public void Known_sizes(int width, int height, int tokens) => Assert.Equal(tokens + 2, ImageTokens.Count(width, height));

    [Theory]
    [InlineData(1, 1, 4)]
    [InlineData(32, 32, 4)]
    [InlineData(48, 48, 4)]
    [InlineData(10, 100, 7)]
    public void Small_pictures_grow_to_the_least(int width, int height, int tokens) =>
        Assert.Equal(tokens + 2, ImageTokens.Count(width, height));

    [Theory]
    [InlineData(4096, 4096, 16384)]
    [InlineData(8192, 8192, 16384)]
    [InlineData(10_000, 5_000, 181 * 90)]
    public void Large_pictures_shrink_to_the_most(int width, int height, int tokens) =>
        Assert.Equal(tokens + 2, ImageTokens.Count(width, height));

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void No_shape_breaks_the_count(int width, int height) => Assert.InRange(ImageTokens.Count(width, height), 6, 16384 + 2);

    [Fact]
    public void A_side_without_length_is_a_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageTokens.Count(0, 10));
}
