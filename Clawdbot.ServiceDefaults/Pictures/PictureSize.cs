using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Clawdbot.ServiceDefaults.Pictures;

/// <summary>
/// Reads the size of a picture from its first bytes, without decoding it or allocating what the file claims. It is the size as stored: an
/// EXIF orientation may swap width and height, which changes neither the pixels nor the tokens that are counted.
/// </summary>
public static class PictureSize
{
    /// <summary>Most bytes that are read of a JPEG, whose size stands behind profiles and thumbnails.</summary>
    private const int MostHeaderBytes = 1 << 20;

    /// <summary>Bytes that are read first; all other formats have their size in them.</summary>
    private const int FewHeaderBytes = 4 << 10;

    /// <summary>Width and height, or null: another format, or damaged.</summary>
    /// <param name="url">The inside of a JSON string that holds a data URI in base64.</param>
    public static (int Width, int Height)? OfDataUri(ReadOnlySpan<byte> url)
    {
        var data = url[(url.IndexOf((byte)',') + 1)..];
        for (var most = FewHeaderBytes; ; most *= 16)
        {
            var size = OfBase64(data[..Math.Min(data.Length, most)], out var isJpeg);
            if (size is not null || !isJpeg || most >= Math.Min(data.Length, MostHeaderBytes))
                return size;
        }
    }

    /// <summary>Width and height in pixels of a PNG, JPEG, GIF or WebP file, or null.</summary>
    public static (int Width, int Height)? Of(ReadOnlySpan<byte> file)
    {
        var size = file switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] when file.Length >= 24 =>
                (BinaryPrimitives.ReadUInt32BigEndian(file[16..]), BinaryPrimitives.ReadUInt32BigEndian(file[20..])),
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] when file.Length >= 10 =>
                (BinaryPrimitives.ReadUInt16LittleEndian(file[6..]), BinaryPrimitives.ReadUInt16LittleEndian(file[8..])),
            [0xFF, 0xD8, 0xFF, ..] => Jpeg(file),
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] when file.Length >= 30 && file[8..].StartsWith("WEBP"u8) => WebP(file),
            _ => default((uint, uint)),
        };
        return size is (> 0 and <= int.MaxValue, > 0 and <= int.MaxValue) ? ((int)size.Item1, (int)size.Item2) : null;
    }

    private static (int, int)? OfBase64(ReadOnlySpan<byte> text, out bool isJpeg)
    {
        var rented = ArrayPool<byte>.Shared.Rent(text.Length * 2);
        try
        {
            var file = rented.AsSpan(0, text.Length);
            if (text.Contains((byte)'\\'))
                text = WithoutBackslashes(text, rented.AsSpan(text.Length)); // some write a slash as \/
            Base64.DecodeFromUtf8(text[..(text.Length / 4 * 4)], file, out _, out var written, isFinalBlock: false);
            isJpeg = file[..written] is [0xFF, 0xD8, 0xFF, ..];
            return Of(file[..written]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static ReadOnlySpan<byte> WithoutBackslashes(ReadOnlySpan<byte> text, Span<byte> plain)
    {
        var length = 0;
        foreach (var part in text.Split((byte)'\\'))
        {
            text[part].CopyTo(plain[length..]);
            length += text[part].Length;
        }
        return plain[..length];
    }

    /// <summary>Goes from segment to segment to the one that begins the picture, and reads the size there.</summary>
    private static (uint, uint) Jpeg(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 9 < file.Length && file[at] == 0xFF;)
        {
            var marker = file[at + 1];
            if (marker == 0xFF)
                at++; // padding
            else if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                at += 2; // without a length
            else if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                return (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]));
            else
                at += 2 + Math.Max((ushort)2, BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]));
        }
        return default;
    }

    private static (uint, uint) WebP(ReadOnlySpan<byte> file)
    {
        if (file[12..].StartsWith("VP8X"u8))
        {
            return (1 + (BinaryPrimitives.ReadUInt32LittleEndian(file[24..]) & 0xFFFFFF),
                1 + (BinaryPrimitives.ReadUInt32LittleEndian(file[26..]) >> 8));
        }
        if (file[12..].StartsWith("VP8L"u8) && file[20] == 0x2F)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(file[21..]);
            return (1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF));
        }
        return file[12..].StartsWith("VP8 "u8) && file[23..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])
            ? ((uint)BinaryPrimitives.ReadUInt16LittleEndian(file[26..]) & 0x3FFF,
                (uint)BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) & 0x3FFF)
            : default;
    }
}
