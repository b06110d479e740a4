using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Clawdbot.Gateway.Replicas;

/// <summary>
/// A hash of bytes, the same in every gateway and after every restart. Not cryptographic: whoever wants to can find two inputs with the
/// same hash.
/// </summary>
internal static class Fingerprint
{
    /// <summary>The hash of no bytes.</summary>
    public const ulong Start = 0x9E37_79B9_7F4A_7C15;

    private const ulong Odd = 0xD6E8_FEB8_6659_FD93;

    /// <summary>The hash of a name.</summary>
    public static ulong Of(string name) => Add(Start, MemoryMarshal.AsBytes(name.AsSpan()));

    /// <summary>The hash of the bytes that <paramref name="before"/> was made of, followed by these.</summary>
    public static ulong Add(ulong before, ReadOnlySpan<byte> bytes)
    {
        var state = Mix(before ^ (ulong)bytes.Length);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            state = Mix(state ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        ulong rest = 0;
        foreach (var one in bytes)
            rest = (rest << 8) | one;
        return Mix(state ^ rest);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value + Start, Odd, out var low);
        return high ^ low;
    }
}
