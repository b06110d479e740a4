namespace Clawdbot.ServiceDefaults.Pictures;

/// <summary>
/// How many prompt tokens a picture costs. The rule is Qwen3-VL's, so that usage figures, and whatever is budgeted
/// from them, stay the same when the embedded engine stands in for the model: <c>smart_resize</c> in
/// QwenLM/Qwen3-VL, qwen-vl-utils/src/qwen_vl_utils/vision_process.py, with tiles of 32 x 32 pixels.
/// </summary>
public static class ImageTokens
{
    private const int Tile = 32;
    private const long FewestPixels = 4L * Tile * Tile;
    private const long MostPixels = 16384L * Tile * Tile;
    private const int VisionStartAndEnd = 2;

    /// <summary>Tokens of a picture of this size in pixels, the two vision markers included; from 6 on.</summary>
    /// <remarks>
    /// The original refuses pictures over 200 times as long as wide. Here a side is never less than one tile, and the most
    /// tokens hold for these too.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive.</exception>
    public static int Count(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var columns = Tiles(width, Math.Round);
        var rows = Tiles(height, Math.Round);
        var pixels = (double)width * height;
        var tilePixels = columns * rows * Tile * Tile;
        if (tilePixels > MostPixels)
        {
            var shrink = Math.Sqrt(pixels / MostPixels);
            columns = Tiles(width / shrink, Math.Floor);
            rows = Tiles(height / shrink, Math.Floor);
        }
        else if (tilePixels < FewestPixels)
        {
            var grow = Math.Sqrt(FewestPixels / pixels);
            columns = Tiles(width * grow, Math.Ceiling);
            rows = Tiles(height * grow, Math.Ceiling);
        }

        return (int)Math.Min(columns * rows, MostPixels / (Tile * Tile)) + VisionStartAndEnd;
    }

    private static long Tiles(double side, Func<double, double> rounding) => Math.Max(1, (long)rounding(side / Tile));
}
