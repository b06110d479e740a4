using System.Buffers.Binary;

namespace Clawdbot.Tests.Fakes;

/// <summary>Walks over the fields of one protobuf message, in the order in which they stand there.</summary>
internal ref struct Protobuf(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>The current field's number; 0 where it is none.</summary>
    public ulong Number { get; private set; }

    /// <summary>The current field's bytes: a string, bytes, a message. Empty where it has none.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var tag = Varint();
        (Field, Number) = ((int)(tag >> 3), 0);
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take((int)Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            case var other:
                throw new InvalidDataException($"Protobuf has no wire type {other}.");
        }
        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
