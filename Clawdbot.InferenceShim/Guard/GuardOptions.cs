using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Guard;

/// <summary>What an engine is not shown at all. Section <c>Guard</c>.</summary>
internal sealed class GuardOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Guard";

    /// <summary>Most pictures in one request.</summary>
    [Range(0, 1024)]
    public int Images { get; set; } = 16;

    /// <summary>Largest picture, pixels: a file of some kilobytes can claim gigabytes.</summary>
    [Range(1, 10_000_000_000)]
    public long ImagePixels { get; set; } = 64_000_000;

    /// <summary>
    /// Tokens that the engine makes of the largest picture: what its processor's <c>max_pixels</c> allows, 1024 pixels a token. Too low only
    /// leaves the refusal to the engine; too high refuses what the engine would have scaled down.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ImageTokens { get; set; } = 1280;
}
