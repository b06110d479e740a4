using System.Buffers.Binary;
using System.IO.Compression;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>Draws a small picture that nobody has seen before: squares of random colours, as a PNG.</summary>
internal static class CanaryPicture
{
    private const int Squares = 4;

    /// <summary>Width and height, in pixels: no vision model needs more, and it costs next to nothing.</summary>
    private const int Side = 64;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Draws the picture and returns it as a PNG file.</summary>
    public static byte[] Draw(Random random)
    {
        var colours = new byte[Squares * Squares * 3];
        random.NextBytes(colours);
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Side);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], Side);
        (header[8], header[9]) = (8, 2); // eight bits a channel, red green blue
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, Compressed(colours));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Compressed(byte[] colours)
    {
        using var packed = new MemoryStream();
        using (var rows = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < Side; y++)
            {
                rows.WriteByte(0); // no filter
                for (var x = 0; x < Side; x++)
                    rows.Write(colours, 3 * (y * Squares / Side * Squares + x * Squares / Side), 3);
            }
        }
        return packed.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
        file.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }
}
