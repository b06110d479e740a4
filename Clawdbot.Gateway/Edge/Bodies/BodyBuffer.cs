using System.Buffers;
using System.Runtime.InteropServices;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>Memory outside the garbage-collected heap, rented to one body at a time by <see cref="BodyBufferPool"/>.</summary>
internal sealed unsafe class BodyBuffer(int length) : MemoryManager<byte>
{
    private byte* _start = (byte*)NativeMemory.Alloc((nuint)length);

    /// <summary>Size in bytes.</summary>
    public int Length => length;

    /// <summary>The address of the first byte.</summary>
    public byte* Start => _start;

    /// <inheritdoc/>
    public override Memory<byte> Memory => CreateMemory(length);

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return new Span<byte>(_start, length);
    }

    /// <summary>Returns the address; the memory never moves, and its renter keeps it while it is pinned.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        return new MemoryHandle(_start + elementIndex);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Gives the memory back to the system.</summary>
    public void Free() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_start);
        _start = null;
    }
}
