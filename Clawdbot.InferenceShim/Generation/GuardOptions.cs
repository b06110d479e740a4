using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>Which requests are refused before the engine sees them. Section <c>Guard</c>.</summary>
internal sealed class GuardOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Guard";

    /// <summary>Most pictures in one request.</summary>
    [Range(0, 1024)]
    public int Images { get; set; } = 16;

    /// <summary>Largest picture, in pixels; a file of some kilobytes can claim gigabytes.</summary>
    [Range(1, 10_000_000_000)]
    public long ImagePixels { get; set; } = 64_000_000;

    /// <summary>Most tokens that the engine makes of one picture: the <c>max_pixels</c> of its image processor, divided by 1024.</summary>
    /// <remarks>Too low only leaves the refusal to the engine; too high refuses what the engine would have scaled down.</remarks>
    [Range(1, 1_000_000)]
    public int ImageTokens { get; set; } = 1280;
}
