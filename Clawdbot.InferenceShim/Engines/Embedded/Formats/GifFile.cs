namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Reads the first picture of a GIF file, laid on its canvas; what it does not cover is transparent.</summary>
internal static class GifFile
{
    private const int PaletteFlag = 0x80;
    private const int InterlaceFlag = 0x40;

    /// <summary>The canvas.</summary>
    /// <exception cref="PictureException">Cut off, or a canvas without area.</exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Gif);
        cursor.Take(6);
        var size = (Width: cursor.Int16Little(), Height: cursor.Int16Little());
        if (size.Width == 0 || size.Height == 0) throw Bad("its canvas has no area");
        return size;
    }

    /// <summary>The pixels as RGBA. The file is followed to its end mark, so that one that stops early is noticed.</summary>
    /// <exception cref="PictureException">Damaged or truncated.</exception>
    public static byte[] Decode(ReadOnlyMemory<byte> file)
    {
        var canvas = ReadSize(file.Span);
        var cursor = new ByteCursor(file.Span, Signature.Gif);
        cursor.Take(10);
        var flags = cursor.Byte();
        cursor.Take(2);
        var palette = ReadPalette(ref cursor, flags);
        var transparent = -1;
        byte[]? rgba = null;
        while (true)
        {
            switch (cursor.Byte())
            {
                case 0x21:
                    transparent = ReadExtension(ref cursor, transparent);
                    break;
                case 0x2C when rgba is null:
                    rgba = ReadPicture(ref cursor, canvas, palette, transparent);
                    break;
                case 0x2C:
                    SkipPicture(ref cursor);
                    break;
                case 0x3B:
                    return rgba ?? throw Bad("it holds no picture");
                default:
                    throw Bad("a block is unknown");
            }
        }
    }

    private static byte[] ReadPicture(ref ByteCursor cursor, (int Width, int Height) canvas, byte[] palette, int transparent)
    {
        var (left, top) = (cursor.Int16Little(), cursor.Int16Little());
        var (width, height) = (cursor.Int16Little(), cursor.Int16Little());
        if (left + width > canvas.Width || top + height > canvas.Height) throw Bad("a picture lies outside of the canvas");
        var flags = cursor.Byte();
        if ((flags & PaletteFlag) != 0) palette = ReadPalette(ref cursor, flags);
        if (palette.Length == 0) throw Bad("its palette is missing");

        var pixels = new byte[width * height];
        var codeSize = cursor.Byte();
        GifLzw.Expand(ReadBlocks(ref cursor), codeSize, pixels);
        var rgba = new byte[canvas.Width * canvas.Height * 4];
        for (var row = 0; row < height; row++)
        {
            var y = top + ((flags & InterlaceFlag) != 0 ? InterlacedRow(row, height) : row);
            for (var column = 0; column < width; column++)
            {
                var index = pixels[(row * width) + column];
                if (index == transparent) continue;
                var target = rgba.AsSpan(((y * canvas.Width) + left + column) * 4, 4);
                if (index * 3 < palette.Length) palette.AsSpan(index * 3, 3).CopyTo(target);
                target[3] = 255;
            }
        }

        return rgba;
    }

    // Rows come as every eighth from 0, every eighth from 4, every fourth from 2, every second from 1.
    private static int InterlacedRow(int row, int height)
    {
        foreach (var (start, step) in ((int, int)[])[(0, 8), (4, 8), (2, 4), (1, 2)])
        {
            var rows = (Math.Max(0, height - start) + step - 1) / step;
            if (row < rows) return start + (row * step);
            row -= rows;
        }

        return 0;
    }

    private static int ReadExtension(ref ByteCursor cursor, int transparent)
    {
        var graphicControl = cursor.Byte() == 0xF9;
        var data = ReadBlocks(ref cursor);
        if (!graphicControl || data.Length < 4) return transparent;
        return (data[0] & 1) != 0 ? data[3] : -1;
    }

    private static void SkipPicture(ref ByteCursor cursor)
    {
        cursor.Take(8);
        ReadPalette(ref cursor, cursor.Byte());
        cursor.Byte();
        while (cursor.Byte() is var length and > 0) cursor.Take(length);
    }

    private static byte[] ReadPalette(ref ByteCursor cursor, int flags) =>
        (flags & PaletteFlag) == 0 ? [] : cursor.Take(3L << ((flags & 7) + 1)).ToArray();

    private static byte[] ReadBlocks(ref ByteCursor cursor)
    {
        var data = new MemoryStream();
        while (cursor.Byte() is var length and > 0) data.Write(cursor.Take(length));
        return data.ToArray();
    }

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Gif, what);
}
