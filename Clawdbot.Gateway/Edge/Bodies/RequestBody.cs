using System.Buffers;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// The bytes of a request, kept until the answer is complete so that they can be sent again. They are freed when the body is disposed of
/// and no pin is left: an attempt that was given up may still be sending them.
/// </summary>
internal abstract class RequestBody : MemoryManager<byte>
{
    private int _holders = 1;
    private int _isDisposed;

    /// <summary>The bytes; not to be used after <see cref="Dispose()"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => Memory;

    /// <summary>Ends the use of the body; the bytes are freed with the last pin.</summary>
    public void Dispose() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    public sealed override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _holders) == 0, this); // to read a mapping that is gone crashes the process
        return All();
    }

    /// <inheritdoc/>
    public sealed override MemoryHandle Pin(int elementIndex = 0)
    {
        for (var holders = Volatile.Read(ref _holders); ;)
        {
            ObjectDisposedException.ThrowIf(holders == 0, this);
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return Pinned(elementIndex);
            holders = seen;
        }
    }

    /// <inheritdoc/>
    public sealed override void Unpin()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            Free();
    }

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            Unpin();
    }

    protected abstract Span<byte> All();

    /// <summary>The address of a byte, as a handle that calls <see cref="Unpin"/> when it is disposed of.</summary>
    protected abstract MemoryHandle Pinned(int index);

    protected abstract void Free();
}
