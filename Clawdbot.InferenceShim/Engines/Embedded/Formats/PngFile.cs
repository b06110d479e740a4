using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Walks through the chunks of a PNG file and hands the compressed rows to <see cref="PngRows"/>.</summary>
internal static class PngFile
{
    // What deflate can reach at most; a file that claims more pixels than this allows is refused before memory is taken.
    private const long MostInflation = 1032;

    private static readonly uint[] CrcOfByte = [.. Enumerable.Range(0, 256).Select(CrcEntry)];

    /// <summary>The pixels as RGBA.</summary>
    /// <exception cref="PictureException">Damaged or truncated.</exception>
    public static byte[] Decode(ReadOnlyMemory<byte> file)
    {
        var header = PngHeader.Read(file.Span);
        var palette = new PngPalette(header);
        var rows = new MemoryStream();
        var cursor = new ByteCursor(file.Span, Signature.Png);
        cursor.Take(PngHeader.Start.Length);
        while (NextChunk(ref cursor, out var data) is var type and not ChunkType.End)
        {
            if (type == ChunkType.Palette) palette.ReadColours(data);
            else if (type == ChunkType.Transparency) palette.ReadTransparency(data);
            else if (type == ChunkType.Rows) rows.Write(data);
        }

        if (header.RowBytes(header.Width) * header.Height > rows.Length * MostInflation) throw Damage.Truncated(Signature.Png);
        if (header.ColourType == 3 && palette.Count == 0) throw Damage.Damaged(Signature.Png, "its palette is missing");
        rows.Position = 0;
        return new PngRows(header, palette).Read(rows);
    }

    private static uint NextChunk(ref ByteCursor cursor, out ReadOnlySpan<byte> data)
    {
        var length = cursor.UInt32Big();
        var body = cursor.Take(length + 4L);
        data = body[4..];
        if (cursor.UInt32Big() != Crc(body)) throw Damage.Damaged(Signature.Png, "a checksum is wrong");
        return BinaryPrimitives.ReadUInt32BigEndian(body);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes) crc = CrcOfByte[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint CrcEntry(int value)
    {
        var crc = (uint)value;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        return crc;
    }

    /// <summary>Four letters as one number.</summary>
    private static class ChunkType
    {
        public const uint Palette = 0x504C5445; // PLTE
        public const uint Transparency = 0x74524E53; // tRNS
        public const uint Rows = 0x49444154; // IDAT
        public const uint End = 0x49454E44; // IEND
    }
}
