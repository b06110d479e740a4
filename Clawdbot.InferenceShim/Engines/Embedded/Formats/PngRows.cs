using System.IO.Compression;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Inflates the rows of a PNG picture one by one, undoes their filters and writes them as RGBA.</summary>
internal sealed class PngRows(PngHeader header, PngPalette palette)
{
    // First column, first row, column step, row step.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int StepX, int StepY)[] WholePicture = [(0, 0, 1, 1)];

    private readonly byte[] _rgba = new byte[header.Width * header.Height * 4];

    /// <summary>The pixels.</summary>
    /// <exception cref="PictureException">The data is damaged or ends early.</exception>
    public byte[] Read(Stream compressed)
    {
        using var rows = new ZLibStream(compressed, CompressionMode.Decompress);
        try
        {
            foreach (var (x, y, stepX, stepY) in header.Interlaced ? Adam7 : WholePicture)
            {
                var columns = (header.Width - x + stepX - 1) / stepX;
                if (columns > 0) ReadPass(rows, columns, x, y, stepX, stepY);
            }
        }
        catch (EndOfStreamException)
        {
            throw Damage.Truncated(Signature.Png);
        }
        catch (InvalidDataException)
        {
            throw Damage.Damaged(Signature.Png, "its compressed data makes no sense");
        }

        return _rgba;
    }

    private void ReadPass(Stream rows, int columns, int x, int y, int stepX, int stepY)
    {
        var current = new byte[header.RowBytes(columns)];
        var before = new byte[current.Length];
        Span<byte> filter = stackalloc byte[1];
        for (var row = y; row < header.Height; row += stepY)
        {
            rows.ReadExactly(filter);
            rows.ReadExactly(current);
            Unfilter(filter[0], current, before);
            var offset = ((row * header.Width) + x) * 4;
            for (var column = 0; column < columns; column++)
            {
                WritePixel(current, column, _rgba.AsSpan(offset + (column * stepX * 4), 4));
            }

            (current, before) = (before, current);
        }
    }

    private void Unfilter(byte filter, byte[] row, byte[] before)
    {
        if (filter > 4) throw Damage.Damaged(Signature.Png, "a row has an unknown filter");
        if (filter == 0) return;
        var step = header.FilterStep;
        for (var index = 0; index < row.Length; index++)
        {
            int left = index >= step ? row[index - step] : 0, up = before[index];
            var upLeft = index >= step ? before[index - step] : 0;
            row[index] += (byte)(filter switch
            {
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, upLeft),
            });
        }
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var guess = left + up - upLeft;
        var (byLeft, byUp, byUpLeft) = (Math.Abs(guess - left), Math.Abs(guess - up), Math.Abs(guess - upLeft));
        if (byLeft <= byUp && byLeft <= byUpLeft) return left;
        return byUp <= byUpLeft ? up : upLeft;
    }

    private void WritePixel(byte[] row, int column, Span<byte> rgba)
    {
        Span<int> samples = stackalloc int[header.Channels];
        for (var channel = 0; channel < samples.Length; channel++) samples[channel] = Sample(row, (column * samples.Length) + channel);
        if (header.ColourType == 3)
        {
            palette.Colour(samples[0]).CopyTo(rgba);
            return;
        }

        var colours = header.ColourType is 2 or 6 ? 3 : 1;
        for (var channel = 0; channel < 3; channel++) rgba[channel] = EightBits(samples[Math.Min(channel, colours - 1)]);
        if (samples.Length > colours) rgba[3] = EightBits(samples[colours]);
        else rgba[3] = (byte)(palette.IsTransparent(samples) ? 0 : 255);
    }

    private int Sample(byte[] row, int index)
    {
        if (header.Depth == 8) return row[index];
        if (header.Depth == 16) return (row[index * 2] << 8) | row[(index * 2) + 1];
        var bit = index * header.Depth;
        return (row[bit >> 3] >> (8 - header.Depth - (bit & 7))) & ((1 << header.Depth) - 1);
    }

    private byte EightBits(int sample) => (byte)(header.Depth == 16 ? sample >> 8 : sample * 255 / ((1 << header.Depth) - 1));
}
