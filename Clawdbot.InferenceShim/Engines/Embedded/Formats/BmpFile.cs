using System.Buffers.Binary;
using System.Numerics;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Reads uncompressed BMP files.</summary>
internal static class BmpFile
{
    /// <summary>The pixels as RGBA.</summary>
    /// <exception cref="PictureException">Damaged or truncated.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> file)
    {
        var header = BmpHeader.Read(file);
        if (header.PixelOffset + (header.RowBytes * header.Height) > file.Length) throw Damage.Truncated(Signature.Bmp);
        var palette = header.Bits <= 8 ? Palette(file, header) : [];
        var rgba = new byte[header.Width * header.Height * 4];
        for (var row = 0; row < header.Height; row++)
        {
            var bytes = file.Slice((int)(header.PixelOffset + (row * header.RowBytes)), (int)header.RowBytes);
            var y = header.TopDown ? row : header.Height - 1 - row;
            for (var column = 0; column < header.Width; column++)
            {
                WritePixel(header, palette, bytes, column, rgba.AsSpan(((y * header.Width) + column) * 4, 4));
            }
        }

        return rgba;
    }

    private static void WritePixel(BmpHeader header, byte[] palette, ReadOnlySpan<byte> row, int column, Span<byte> rgba)
    {
        rgba[3] = 255;
        switch (header.Bits)
        {
            case 24:
                (rgba[0], rgba[1], rgba[2]) = (row[(column * 3) + 2], row[(column * 3) + 1], row[column * 3]);
                break;
            case 16:
                WriteMasked(header, BinaryPrimitives.ReadUInt16LittleEndian(row[(column * 2)..]), rgba);
                break;
            case 32:
                WriteMasked(header, BinaryPrimitives.ReadUInt32LittleEndian(row[(column * 4)..]), rgba);
                break;
            default:
                var bit = (long)column * header.Bits;
                var index = (row[(int)(bit >> 3)] >> (8 - header.Bits - (int)(bit & 7))) & ((1 << header.Bits) - 1);
                palette.AsSpan(index * 3, 3).CopyTo(rgba);
                break;
        }
    }

    private static void WriteMasked(BmpHeader header, uint pixel, Span<byte> rgba)
    {
        rgba[0] = Channel(pixel, header.Masks.Red);
        rgba[1] = Channel(pixel, header.Masks.Green);
        rgba[2] = Channel(pixel, header.Masks.Blue);
        if (header.Masks.Alpha != 0) rgba[3] = Channel(pixel, header.Masks.Alpha);
    }

    private static byte Channel(uint pixel, uint mask)
    {
        if (mask == 0) return 0;
        var shift = BitOperations.TrailingZeroCount(mask);
        return (byte)((ulong)((pixel & mask) >> shift) * 255 / (mask >> shift));
    }

    // Always 256 colours: one that the file does not define is black.
    private static byte[] Palette(ReadOnlySpan<byte> file, BmpHeader header)
    {
        var palette = new byte[256 * 3];
        var end = Math.Min(header.PixelOffset, file.Length);
        for (var index = 0; index < 1 << header.Bits; index++)
        {
            var offset = header.PaletteOffset + (index * header.PaletteEntryBytes);
            if (offset + 3 > end) break;
            (palette[index * 3], palette[(index * 3) + 1], palette[(index * 3) + 2]) = (file[offset + 2], file[offset + 1], file[offset]);
        }

        return palette;
    }
}
