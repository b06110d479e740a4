using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Liveness;

namespace Clawdbot.Tests.Shim.Liveness;

public sealed class CanaryPictureTests
{
    [Fact]
    public void It_is_a_picture_and_never_the_same()
    {
        var random = new Random(1);
        var (one, other) = (CanaryPicture.Draw(random), CanaryPicture.Draw(random));

        var decoded = PictureDecoder.Decode(one, 10_000);
        Assert.Equal((64, 64, "PNG"), (decoded.Width, decoded.Height, decoded.Format));
        Assert.Equal(16, Enumerable.Range(0, 64 * 64).Select(i => BitConverter.ToInt32(decoded.Rgba, 4 * i)).Distinct().Count());
        Assert.NotEqual(one, other);
    }
}
