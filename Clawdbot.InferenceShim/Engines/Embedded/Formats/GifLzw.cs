namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The LZW of GIF: codes of 3 to 12 bits, least significant bit first.</summary>
internal static class GifLzw
{
    private const int MostCodes = 4096;

    /// <summary>Fills <paramref name="pixels"/> with palette indices.</summary>
    /// <exception cref="PictureException">The codes make no sense, or end before all pixels are there.</exception>
    public static void Expand(ReadOnlySpan<byte> data, int rootBits, Span<byte> pixels)
    {
        if (rootBits is < 1 or > 8) throw Bad("its code size is impossible");
        var (clear, end) = (1 << rootBits, (1 << rootBits) + 1);
        var prefix = new int[MostCodes];
        var last = new byte[MostCodes];
        var length = new int[MostCodes];
        for (var root = 0; root < clear; root++) (last[root], length[root]) = ((byte)root, 1);

        int next = end + 1, bits = rootBits + 1, previous = -1, filled = 0, position = 0;
        while (filled < pixels.Length)
        {
            var code = Code(data, position, bits);
            position += bits;
            if (code == end) throw Damage.Truncated(Signature.Gif);
            if (code == clear)
            {
                (next, bits, previous) = (end + 1, rootBits + 1, -1);
                continue;
            }

            if (code > next || (code == next && previous < 0) || (code > end && previous < 0)) throw Bad("a code is unknown");
            if (previous >= 0 && next < MostCodes)
            {
                // A code used while it is being made ends with the first pixel of what it repeats.
                var source = code == next ? previous : code;
                (prefix[next], length[next], last[next]) = (previous, length[previous] + 1, First(source, prefix, last, length));
                next++;
            }
            else if (code >= next)
            {
                throw Bad("a code is unknown");
            }

            filled += Write(code, prefix, last, length, pixels[filled..]);
            previous = code;
            if (next == 1 << bits && bits < 12) bits++;
        }
    }

    private static int Code(ReadOnlySpan<byte> data, int position, int bits)
    {
        if (position + bits > data.Length * 8L) throw Damage.Truncated(Signature.Gif);
        var code = 0;
        for (var bit = 0; bit < bits; bit++)
        {
            code |= ((data[(position + bit) >> 3] >> ((position + bit) & 7)) & 1) << bit;
        }

        return code;
    }

    private static byte First(int code, int[] prefix, byte[] last, int[] length)
    {
        while (length[code] > 1) code = prefix[code];
        return last[code];
    }

    // A code is known by its end: written from the back, and cut where the picture is full.
    private static int Write(int code, int[] prefix, byte[] last, int[] length, Span<byte> target)
    {
        var total = length[code];
        for (var index = total - 1; index >= 0; index--, code = prefix[code])
        {
            if (index < target.Length) target[index] = last[code];
        }

        return Math.Min(total, target.Length);
    }

    private static PictureException Bad(string what) => Damage.Damaged(Signature.Gif, what);
}
