namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Measures a picture.</summary>
internal static class PictureMeter
{
    // Enough for shares to be right within about half a percent, few enough for some milliseconds.
    private const int MostSamples = 60_000;

    /// <summary>The facts about a picture; the same pixels give the same facts. Pictures of more than 60000 pixels are sampled.</summary>
    public static PictureFacts Measure(Picture picture)
    {
        var columns = (int)Math.Clamp(Math.Sqrt((double)MostSamples * picture.Width / picture.Height), 1, picture.Width);
        var rows = Math.Clamp(MostSamples / columns, 1, picture.Height);
        var tally = new PixelTally(picture);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var place = ((ulong)row << 32) | (uint)column;
                tally.Add(
                    Position(column, columns, picture.Width, SplitMix.Hash(1, place)),
                    Position(row, rows, picture.Height, SplitMix.Hash(2, place)));
            }
        }

        return tally.Facts();
    }

    // A place inside the sample's own cell, scattered: an even step would beat with stripes and checks in the picture.
    private static int Position(int sample, int samples, int size, ulong scatter)
    {
        var from = (long)sample * size / samples;
        var to = (long)(sample + 1) * size / samples;
        return (int)(from + (long)(scatter % (ulong)(to - from)));
    }
}
