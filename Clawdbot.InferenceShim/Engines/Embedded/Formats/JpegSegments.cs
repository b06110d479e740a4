namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Finds the segments of a JPEG file: a marker of two bytes, and mostly a length and data.</summary>
internal static class JpegSegments
{
    public const int HuffmanTables = 0xC4;
    public const int StartOfImage = 0xD8;
    public const int EndOfImage = 0xD9;
    public const int StartOfScan = 0xDA;
    public const int QuantisationTables = 0xDB;
    public const int RestartInterval = 0xDD;
    public const int Adobe = 0xEE;

    /// <summary>The size in pixels.</summary>
    /// <exception cref="PictureException">No usable frame header.</exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> file)
    {
        var cursor = new ByteCursor(file, Signature.Jpeg);
        cursor.Take(2);
        while (true)
        {
            var marker = NextMarker(ref cursor);
            if (marker is StartOfScan or EndOfImage) throw Damage.Damaged(Signature.Jpeg, "its frame header is missing");
            var data = Data(ref cursor, marker);
            if (IsFrame(marker)) return JpegFrame.Read(marker, data).Size;
        }
    }

    /// <summary>The second byte of the next marker; fill bytes before it are skipped.</summary>
    public static int NextMarker(ref ByteCursor cursor)
    {
        if (cursor.Byte() != 0xFF) throw Damage.Damaged(Signature.Jpeg, "a marker is missing");
        int marker;
        do marker = cursor.Byte();
        while (marker == 0xFF);
        return marker;
    }

    /// <summary>What belongs to a marker; nothing for those that stand alone.</summary>
    public static ReadOnlySpan<byte> Data(ref ByteCursor cursor, int marker)
    {
        if (marker is 0x01 or (>= 0xD0 and <= EndOfImage)) return [];
        var length = cursor.Int16Big();
        if (length < 2) throw Damage.Damaged(Signature.Jpeg, "a segment has an impossible length");
        return cursor.Take(length - 2);
    }

    /// <summary>Whether the marker starts a frame header, of whatever kind.</summary>
    public static bool IsFrame(int marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
