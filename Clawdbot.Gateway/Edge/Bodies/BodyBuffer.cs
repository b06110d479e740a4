using System.Buffers;
using System.Runtime.InteropServices;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>Memory that one body has at a time, outside the garbage-collected heap. Comes from <see cref="BodyBufferPool"/>.</summary>
internal sealed unsafe class BodyBuffer(int length) : MemoryManager<byte>
{
    private byte* _start = (byte*)NativeMemory.Alloc((nuint)length);

    /// <summary>Bytes in it.</summary>
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

    /// <summary>It never moves, so there is nothing to do; whoever rented it keeps it as long as somebody reads into it.</summary>
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
