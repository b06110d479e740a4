using System.Buffers.Binary;

namespace Clawdbot.InferenceShim.Engines.Embedded.Formats;

/// <summary>Reads forward through a file. Every read past the end is the same error: the file stops early.</summary>
internal ref struct ByteCursor(ReadOnlySpan<byte> bytes, string format)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public int Int16Big() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int Int16Little() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint UInt32Big() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public uint UInt32Little() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>The next bytes, which are then behind the cursor.</summary>
    /// <exception cref="PictureException">Fewer are left.</exception>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count > _bytes.Length - Position) throw Damage.Truncated(format);
        var taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }
}
