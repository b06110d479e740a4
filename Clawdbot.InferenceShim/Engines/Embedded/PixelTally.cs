namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Counts the sampled pixels of one picture and makes its facts of the counts.</summary>
internal sealed class PixelTally(Picture picture)
{
    // Below this the eye takes a pixel for background rather than for colour.
    private const int VisibleFromAlpha = 128;

    // So few colours are a drawing: every photograph has more.
    private const int DrawingMostColours = 64;

    // Levels of a channel (of 256) by which lossy compression may spread one colour.
    private const int SingleColourWidth = 6;

    private readonly long[] _colours = new long[ColourCount];
    private readonly long[,] _colourRows = new long[ColourCount, 3];
    private readonly long[,] _colourColumns = new long[ColourCount, 3];
    private readonly long[] _lumas = new long[256];
    private readonly long[] _cellPixels = new long[9];
    private readonly double[] _cellLuma = new double[9];
    private readonly HashSet<int> _distinct = [];
    private readonly byte[] _least = [255, 255, 255];
    private readonly byte[] _most = [0, 0, 0];
    private long _pixels, _visible, _equal;
    private double _luma;

    private static int ColourCount { get; } = Enum.GetValues<ColourName>().Length;

    /// <summary>Counts one pixel.</summary>
    public void Add(int x, int y)
    {
        _pixels++;
        var pixel = Pixel(x, y);
        if (pixel[3] < VisibleFromAlpha) return;
        _visible++;
        var (column, row) = (Third(x, picture.Width), Third(y, picture.Height));
        var colour = (int)ColourNaming.Name(pixel[0], pixel[1], pixel[2]);
        _colours[colour]++;
        _colourRows[colour, row]++;
        _colourColumns[colour, column]++;
        if (_distinct.Count < PictureFacts.MostDistinctColours) _distinct.Add((pixel[0] << 16) | (pixel[1] << 8) | pixel[2]);
        Widen(pixel);
        if (SameAs(pixel, x + 1, y) && SameAs(pixel, x, y + 1)) _equal++;

        var luma = ((0.2126 * pixel[0]) + (0.7152 * pixel[1]) + (0.0722 * pixel[2])) / 255;
        _luma += luma;
        _lumas[(int)Math.Round(luma * 255)]++;
        _cellLuma[(row * 3) + column] += luma;
        _cellPixels[(row * 3) + column]++;
    }

    /// <summary>The facts that the counted pixels give.</summary>
    public PictureFacts Facts()
    {
        var (lightest, darkest, range) = Cells();
        var equal = _visible == 0 ? 0 : (double)_equal / _visible;
        var contrast = _visible == 0 ? 0 : (Percentile(0.95) - Percentile(0.05)) / 255.0;
        return new PictureFacts(
            picture.Width, picture.Height, picture.Format, Colours(),
            _visible == 0 ? 0 : _luma / _visible, contrast, lightest, darkest, range,
            equal, _distinct.Count, KindOf(equal), 1 - ((double)_visible / _pixels));
    }

    private PictureKind KindOf(double equal)
    {
        var width = Enumerable.Range(0, 3).Max(channel => _most[channel] - _least[channel]);
        if (width <= SingleColourWidth) return PictureKind.SingleColour;
        if (equal >= 0.55 || _distinct.Count <= DrawingMostColours) return PictureKind.Drawing;
        return equal <= 0.3 ? PictureKind.Photograph : PictureKind.Mixed;
    }

    private void Widen(ReadOnlySpan<byte> pixel)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            _least[channel] = Math.Min(_least[channel], pixel[channel]);
            _most[channel] = Math.Max(_most[channel], pixel[channel]);
        }
    }

    private List<ColourShare> Colours() =>
    [
        .. Enum.GetValues<ColourName>()
            .Where(colour => _colours[(int)colour] > 0)
            .OrderByDescending(colour => _colours[(int)colour])
            .Select(colour => new ColourShare(colour, (double)_colours[(int)colour] / _visible, PlacementOf((int)colour))),
    ];

    // Two thirds of a colour in one third of the picture is a place worth naming; less is a tendency.
    private Placement PlacementOf(int colour)
    {
        var enough = _colours[colour] * 2 / 3.0;
        for (var third = 0; third < 3; third++)
        {
            if (picture.Height >= 3 && _colourRows[colour, third] >= enough) return Placement.Top + third;
            if (picture.Width >= 3 && _colourColumns[colour, third] >= enough) return Placement.Left + third;
        }

        return Placement.Everywhere;
    }

    private (int Lightest, int Darkest, double Range) Cells()
    {
        var seen = Enumerable.Range(0, 9).Where(cell => _cellPixels[cell] > 0).ToArray();
        if (seen.Length == 0) return (4, 4, 0);
        double Mean(int cell) => _cellLuma[cell] / _cellPixels[cell];
        var (lightest, darkest) = (seen.MaxBy(Mean), seen.MinBy(Mean));
        return (lightest, darkest, Mean(lightest) - Mean(darkest));
    }

    // The luma (0..255) that this share of the visible pixels does not exceed.
    private int Percentile(double share)
    {
        long upToHere = 0;
        for (var level = 0; level < _lumas.Length; level++)
        {
            upToHere += _lumas[level];
            if (upToHere > 0 && upToHere >= share * _visible) return level;
        }

        return 0;
    }

    // The middle of a side of one pixel is the middle, not the start.
    private static int Third(int position, int size) => (int)(((2L * position) + 1) * 3 / (2L * size));

    private ReadOnlySpan<byte> Pixel(int x, int y) => picture.Rgba.AsSpan(checked(((y * picture.Width) + x) * 4), 4);

    private bool SameAs(ReadOnlySpan<byte> pixel, int x, int y) =>
        x >= picture.Width || y >= picture.Height || pixel.SequenceEqual(Pixel(x, y));
}
