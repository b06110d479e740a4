using System.Buffers;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>A body in memory.</summary>
internal sealed unsafe class PooledBody(BodyBuffer buffer, int length, BodyBufferPool memory) : RequestBody
{
    /// <inheritdoc/>
    protected override Span<byte> All() => new(buffer.Start, length);

    /// <inheritdoc/>
    protected override MemoryHandle Pinned(int index) => new(buffer.Start + index, pinnable: this);

    /// <inheritdoc/>
    protected override void Free() => memory.Return(buffer);
}
