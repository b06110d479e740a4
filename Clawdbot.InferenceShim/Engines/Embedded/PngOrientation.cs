using System.Buffers.Binary;
using SkiaSharp;

namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Reads the orientation in a PNG file's eXIf chunk, which the library leaves out and browsers follow.</summary>
internal static class PngOrientation
{
    private const int ChunkFrame = 12; // length, type and checksum
    private const int EntryBytes = 12;
    private const int OrientationTag = 0x0112;
    private const int TypeShort = 3;

    /// <summary>
    /// The orientation, or <see cref="SKEncodedOrigin.TopLeft"/>. As in browsers, the chunk counts before the pixels only.
    /// </summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> png)
    {
        for (var rest = png[8..]; rest.Length >= ChunkFrame;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            var type = rest.Slice(4, 4);
            if (length > rest.Length - ChunkFrame || type.SequenceEqual("IDAT"u8))
                break;
            if (type.SequenceEqual("eXIf"u8))
                return OfExif(rest.Slice(8, (int)length));
            rest = rest[(ChunkFrame + (int)length)..];
        }
        return SKEncodedOrigin.TopLeft;
    }

    /// <summary>EXIF is laid out as a TIFF file; the orientation is an entry of its first directory.</summary>
    private static SKEncodedOrigin OfExif(ReadOnlySpan<byte> tiff)
    {
        var isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !(isLittle || tiff.StartsWith("MM\0*"u8)))
            return SKEncodedOrigin.TopLeft;
        var directory = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
            return SKEncodedOrigin.TopLeft;
        var entries = tiff[((int)directory + 2)..];
        for (var left = Short(tiff[(int)directory..], isLittle); left > 0 && entries.Length >= EntryBytes; left--)
        {
            if (Short(entries, isLittle) == OrientationTag && Short(entries[2..], isLittle) == TypeShort)
                return Short(entries[8..], isLittle) is >= 1 and <= 8 and var value ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
            entries = entries[EntryBytes..];
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
