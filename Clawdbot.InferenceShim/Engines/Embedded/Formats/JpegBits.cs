namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>The bits of one scan, most significant first, with the stuffed zero bytes taken out; stops at a marker.</summary>
internal sealed class JpegBits(ReadOnlyMemory<byte> file, int start)
{
    private ulong _buffer;
    private int _count;
    private int _position = start;

    /// <summary>The next 16 bits without moving on; zeros where the data has ended.</summary>
    public int Peek16()
    {
        if (_count < 16) Fill();
        return (int)(_buffer >> 48);
    }

    /// <summary>Moves on.</summary>
    /// <exception cref="PictureException">The scan has fewer bits left.</exception>
    public void Skip(int bits)
    {
        if (_count < bits) Fill();
        if (_count < bits) throw Damage.Truncated(Signature.Jpeg);
        _buffer <<= bits;
        _count -= bits;
    }

    /// <summary>A number of 0 to 16 bits.</summary>
    public int Read(int bits)
    {
        if (bits == 0) return 0;
        var value = Peek16() >> (16 - bits);
        Skip(bits);
        return value;
    }

    /// <summary>A signed number as JPEG writes it: with a leading 0 it is negative.</summary>
    public int ReadSigned(int bits)
    {
        var value = Read(bits);
        return bits > 0 && value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
    }

    /// <summary>Drops the bits up to the restart marker, and steps over it.</summary>
    public void Restart()
    {
        (_buffer, _count) = (0, 0);
        _position = NextMarker();
        var span = file.Span;
        if (_position + 1 >= span.Length) throw Damage.Truncated(Signature.Jpeg);
        if (span[_position + 1] is not (>= 0xD0 and <= 0xD7)) throw Damage.Damaged(Signature.Jpeg, "a restart marker is missing");
        _position += 2;
    }

    /// <summary>Where the marker after this scan stands.</summary>
    public int NextMarker()
    {
        var span = file.Span;
        for (var at = _position; at + 1 < span.Length; at++)
        {
            if (span[at] == 0xFF && span[at + 1] is not (0 or 0xFF)) return at;
        }

        throw Damage.Truncated(Signature.Jpeg);
    }

    private void Fill()
    {
        var span = file.Span;
        while (_count <= 56 && _position < span.Length)
        {
            var value = span[_position];
            if (value == 0xFF)
            {
                if (_position + 1 >= span.Length || span[_position + 1] != 0) return;
                _position++;
            }

            _position++;
            _buffer |= (ulong)value << (56 - _count);
            _count += 8;
        }
    }
}
