using System.Buffers;
using System.Runtime.InteropServices;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>A small body, in memory.</summary>
internal sealed class PooledBody(byte[] buffer, int length, ByteAllowance memory) : RequestBody
{
    /// <inheritdoc/>
    protected override Span<byte> All() => buffer.AsSpan(0, length);

    /// <inheritdoc/>
    protected override unsafe MemoryHandle Pinned(int index)
    {
        var handle = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + index, handle, this);
    }

    /// <inheritdoc/>
    protected override bool TryGetArray(out ArraySegment<byte> segment)
    {
        segment = new ArraySegment<byte>(buffer, 0, length);
        return true;
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        memory.Return(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
