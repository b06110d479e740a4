namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>Builds GIF files with four colours: black, red, green, blue.</summary>
internal static class GifBuilder
{
    private static readonly byte[] Palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];

    /// <summary>One picture at a place on a canvas; a transparent index below 0 is none.</summary>
    public static byte[] Build(
        int canvasWidth, int canvasHeight, int left, int top, int width, int height, byte[] indices,
        int transparent = -1, bool interlaced = false, bool endCode = true) =>
    [
        .. "GIF89a"u8, .. Two(canvasWidth), .. Two(canvasHeight), 0x81, 0, 0, .. Palette,
        .. transparent < 0 ? [] : (byte[])[0x21, 0xF9, 4, 1, 0, 0, (byte)transparent, 0],
        0x2C, .. Two(left), .. Two(top), .. Two(width), .. Two(height), (byte)(interlaced ? 0x40 : 0),
        2, .. Blocks(Codes(indices, endCode)),
        0x3B,
    ];

    private static byte[] Two(int value) => [(byte)value, (byte)(value >> 8)];

    // Clear (4) before every pixel keeps all codes at three bits: no dictionary is needed to write.
    private static byte[] Codes(byte[] indices, bool endCode)
    {
        var bits = new List<bool>();
        void Add(int code) => bits.AddRange(Enumerable.Range(0, 3).Select(bit => ((code >> bit) & 1) != 0));
        foreach (var index in indices)
        {
            Add(4);
            Add(index);
        }

        if (endCode) Add(5);
        var bytes = new byte[(bits.Count + 7) / 8];
        for (var bit = 0; bit < bits.Count; bit++) bytes[bit / 8] |= (byte)(bits[bit] ? 1 << (bit % 8) : 0);
        return bytes;
    }

    private static IEnumerable<byte> Blocks(byte[] data) =>
        data.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length)).Append((byte)0);
}
