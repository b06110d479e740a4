namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>What a BMP file says about itself.</summary>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="TopDown">Whether the first row in the file is the top one.</param>
/// <param name="Bits">Bits a pixel: 1, 4, 8, 16, 24 or 32.</param>
/// <param name="PixelOffset">Where the rows start in the file.</param>
/// <param name="PaletteOffset">Where the palette starts in the file.</param>
/// <param name="PaletteEntryBytes">3 in the oldest variant, 4 since.</param>
/// <param name="Masks">Where red, green, blue and alpha lie in a pixel of 16 or 32 bits; no alpha when its mask is 0.</param>
internal readonly record struct BmpHeader(
    int Width, int Height, bool TopDown, int Bits, int PixelOffset, int PaletteOffset, int PaletteEntryBytes,
    (uint Red, uint Green, uint Blue, uint Alpha) Masks)
{
    private const int FileHeaderBytes = 14;
    private const int OldestHeaderBytes = 12;

    public (int Width, int Height) Size => (Width, Height);

    /// <summary>Bytes a row takes in the file: rows start at multiples of four.</summary>
    public long RowBytes => (((long)Width * Bits) + 31) / 32 * 4;

    /// <summary>Reads the header.</summary>
    /// <exception cref="PictureException">Damaged, cut off, or a variant that is not read.</exception>
    public static BmpHeader Read(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Bmp);
        cursor.Take(10);
        var (pixelOffset, headerBytes) = (cursor.UInt32Little(), cursor.UInt32Little());
        var oldest = headerBytes == OldestHeaderBytes;
        if (!oldest && headerBytes is < 40 or > 124) throw Bad("its header has an impossible length");
        var width = oldest ? cursor.Int16Little() : (int)cursor.UInt32Little();
        var height = oldest ? cursor.Int16Little() : (int)cursor.UInt32Little();
        if (width <= 0 || height is 0 or int.MinValue) throw Bad("its width or height is impossible");
        cursor.Take(2);
        var bits = cursor.Int16Little();
        var compression = oldest ? 0 : cursor.UInt32Little();
        Check(bits, compression);

        var (masks, maskBytes) = ReadMasks(ref cursor, bits, compression, headerBytes);
        var paletteOffset = FileHeaderBytes + (int)headerBytes + maskBytes;
        if (pixelOffset > int.MaxValue) throw Bad("its pixels start outside of the file");
        return new BmpHeader(
            width, Math.Abs(height), height < 0, bits, (int)pixelOffset, paletteOffset, oldest ? 3 : 4, masks);
    }

    private static void Check(int bits, uint compression)
    {
        if (compression is 1 or 2) throw Damage.Variant(Signature.Bmp, "Run-length compression");
        if (compression is 4 or 5) throw Damage.Variant(Signature.Bmp, "An embedded JPEG or PNG");
        var masked = compression is 3 or 6;
        if (compression > 6 || (masked && bits is not (16 or 32))) throw Bad("its compression is unknown");
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32)) throw Bad("its bits per pixel are impossible");
    }

    // With the header of 40 bytes the masks follow it; the longer headers hold them at the same place.
    private static ((uint Red, uint Green, uint Blue, uint Alpha) Masks, int ExtraBytes) ReadMasks(
        ref ByteCursor cursor, int bits, uint compression, uint headerBytes)
    {
        if (compression is not (3 or 6))
        {
            return (bits == 16 ? (0x7C00u, 0x3E0u, 0x1Fu, 0u) : (0xFF0000u, 0xFF00u, 0xFFu, 0u), 0);
        }

        cursor.Take(20);
        var withAlpha = compression == 6 || headerBytes >= 56;
        var masks = (cursor.UInt32Little(), cursor.UInt32Little(), cursor.UInt32Little(), withAlpha ? cursor.UInt32Little() : 0u);
        var extra = withAlpha ? 16 : 12;
        return (masks, headerBytes == 40 ? extra : 0);
    }

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Bmp, what);
}
