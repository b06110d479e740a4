namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>One Huffman table.</summary>
internal sealed class JpegHuffman
{
    private const int QuickBits = 9;
    private const int LongestCode = 16;

    // The first code that is too large for its length, shifted up to 16 bits; the index of the first symbol of a length.
    private readonly int[] _limit = new int[LongestCode + 1];
    private readonly int[] _offset = new int[LongestCode + 1];
    private readonly byte[] _symbols;

    // For codes up to nine bits: length << 8 | symbol. 0 is "longer".
    private readonly ushort[] _quick = new ushort[1 << QuickBits];

    /// <summary>Builds the table.</summary>
    /// <param name="counts">How many codes have 1..16 bits.</param>
    /// <param name="symbols">Their symbols, as many as the counts sum to.</param>
    /// <exception cref="PictureException">There are more codes than fit.</exception>
    public JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _symbols = symbols.ToArray();
        int code = 0, index = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            _offset[length] = index - code;
            for (var n = 0; n < counts[length - 1]; n++, code++, index++)
            {
                if (code >= 1 << length) throw Damage.Damaged(Signature.Jpeg, "a Huffman table is impossible");
                if (length <= QuickBits) FillQuick(code, length, _symbols[index]);
            }

            _limit[length] = code << (LongestCode - length);
            code <<= 1;
        }
    }

    /// <summary>Reads one symbol.</summary>
    public int Read(JpegBits bits)
    {
        var ahead = bits.Peek16();
        var quick = _quick[ahead >> (LongestCode - QuickBits)];
        if (quick != 0)
        {
            bits.Skip(quick >> 8);
            return quick & 0xFF;
        }

        for (var length = 1; length <= LongestCode; length++)
        {
            if (ahead >= _limit[length]) continue;
            bits.Skip(length);
            return _symbols[_offset[length] + (ahead >> (LongestCode - length))];
        }

        throw Damage.Damaged(Signature.Jpeg, "a code is unknown");
    }

    private void FillQuick(int code, int length, byte symbol)
    {
        var spare = QuickBits - length;
        _quick.AsSpan(code << spare, 1 << spare).Fill((ushort)((length << 8) | symbol));
    }
}
