namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The IHDR chunk of a PNG file.</summary>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Depth">Bits a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColourType">0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.</param>
/// <param name="Interlaced">Whether the rows come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    /// <summary>The eight bytes every PNG file starts with.</summary>
    public static ReadOnlySpan<byte> Start => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public (int Width, int Height) Size => (Width, Height);

    public int Channels => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Bytes from a sample to the same sample of the pixel before, for the row filters.</summary>
    public int FilterStep => Math.Max(1, Channels * Depth / 8);

    /// <summary>Reads the header.</summary>
    /// <exception cref="PictureException">It is damaged or cut off.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Png);
        cursor.Take(Start.Length);
        var length = cursor.UInt32Big();
        if (!cursor.Take(4).SequenceEqual("IHDR"u8) || length != 13) throw Bad("it does not start with a header");
        var (width, height) = (cursor.UInt32Big(), cursor.UInt32Big());
        var (depth, colourType) = (cursor.Byte(), cursor.Byte());
        var (compression, filter, interlace) = (cursor.Byte(), cursor.Byte(), cursor.Byte());
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue) throw Bad("its width or height is impossible");
        if (!Allowed(depth, colourType)) throw Bad("its colour type is unknown");
        if (compression != 0 || filter != 0 || interlace > 1) throw Bad("its compression is unknown");
        return new PngHeader((int)width, (int)height, depth, colourType, interlace == 1);
    }

    /// <summary>Bytes of one row of this many pixels, without the filter byte.</summary>
    public long RowBytes(int pixels) => (((long)pixels * Channels * Depth) + 7) / 8;

    private static bool Allowed(int depth, int colourType) => colourType switch
    {
        0 => depth is 1 or 2 or 4 or 8 or 16,
        3 => depth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => depth is 8 or 16,
        _ => false,
    };

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Png, what);
}
