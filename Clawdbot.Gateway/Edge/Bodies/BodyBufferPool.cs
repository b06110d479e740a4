using System.Numerics;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// Rents the memory of all bodies, within a budget. Buffers are reused, because new memory costs a page fault for each 4 KiB. They are
/// outside the heap, where large ones would cause full garbage collections. Thread-safe.
/// </summary>
/// <param name="most">Most bytes of all buffers, rented and kept ones together.</param>
internal sealed class BodyBufferPool(long most)
{
    private const int Smallest = 4 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Stack<BodyBuffer>> _kept = [];
    private long _held;
    private long _keptBytes;

    /// <summary>Bytes of the buffers that are rented.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes of the buffers kept to be rented again, at most an eighth of the budget.</summary>
    public long Kept => Interlocked.Read(ref _keptBytes);

    /// <summary>
    /// Whether more than three quarters are rented. The last quarter is for bodies that are being read, so that bodies that stay in memory
    /// can't keep others from being read.
    /// </summary>
    public bool IsShort => Held > Lasting;

    private long Lasting => most / 4 * 3;

    /// <summary>Rents a buffer of at least so many bytes, out of the whole budget.</summary>
    /// <exception cref="ApiException">The budget is used up.</exception>
    public BodyBuffer Rent(int bytes) => TryRent(bytes, most) ?? throw ByteAllowance.Exhausted();

    /// <summary>Rents a buffer that may stay rented until its request is answered; null when that would make memory short.</summary>
    public BodyBuffer? TryRentLasting(int bytes) => TryRent(bytes, Lasting);

    public void Return(BodyBuffer buffer)
    {
        lock (_lock)
        {
            _held -= buffer.Length;
            if (_keptBytes + buffer.Length <= most / 8)
            {
                if (!_kept.TryGetValue(buffer.Length, out var same))
                    _kept[buffer.Length] = same = [];
                same.Push(buffer);
                _keptBytes += buffer.Length;
                return;
            }
        }
        buffer.Free();
    }

    private BodyBuffer? TryRent(int bytes, long limit)
    {
        var size = RoundUp(bytes);
        lock (_lock)
        {
            if (_held + size > limit)
                return null;
            _held += size;
            if (_kept.TryGetValue(size, out var same) && same.TryPop(out var buffer))
            {
                _keptBytes -= size;
                return buffer;
            }
            FreeKept(most - _held);
        }
        return Allocate(size);
    }

    private BodyBuffer Allocate(int size)
    {
        try
        {
            return new BodyBuffer(size);
        }
        catch (OutOfMemoryException)
        {
            lock (_lock)
                _held -= size;
            throw;
        }
    }

    /// <summary>Frees buffers until those that are left fit into <paramref name="room"/>.</summary>
    private void FreeKept(long room)
    {
        foreach (var same in _kept.Values)
        {
            while (_keptBytes > room && same.TryPop(out var buffer))
            {
                _keptBytes -= buffer.Length;
                buffer.Free();
            }
        }
    }

    /// <summary>Rounds up to one of four sizes per power of two: at most a quarter more, and few sizes, so that kept buffers fit.</summary>
    private static int RoundUp(int bytes)
    {
        if (bytes <= Smallest)
            return Smallest;
        var step = 1 << (BitOperations.Log2((uint)bytes - 1) - 2);
        return (bytes + step - 1) & -step;
    }
}
