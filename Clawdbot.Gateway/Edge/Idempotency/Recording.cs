using System.Buffers;
using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>
/// The bytes of one answer as they go to its client, for other clients that want the same answer: they read from the start and wait for
/// bytes still to come. Thread-safe.
/// </summary>
internal sealed class Recording(int most)
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly ChangeSignal _changed = new();
    private AnswerHead? _head;
    private bool _isOver;
    private bool _isTooLong;

    /// <summary>Status and headers; null while there are no bytes.</summary>
    public AnswerHead? Head
    {
        get
        {
            lock (_lock)
                return _head;
        }
    }

    /// <summary>All bytes; null when the answer was too long.</summary>
    public byte[]? ToArray()
    {
        lock (_lock)
            return _isTooLong ? null : _bytes.WrittenSpan.ToArray();
    }

    /// <summary>Sets status and headers, before the first bytes.</summary>
    public void Begin(AnswerHead head)
    {
        lock (_lock)
            _head = head;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _isTooLong |= _bytes.WrittenCount + bytes.Length > most;
            if (!_isTooLong)
                _bytes.Write(bytes);
        }
    }

    /// <summary>Wakes the readers.</summary>
    public void Signal() => _changed.Raise();

    /// <summary>Marks the end of the answer.</summary>
    public void End()
    {
        lock (_lock)
            _isOver = true;
        Signal();
    }

    /// <summary>Reads from an offset; waits until there are bytes or the answer is over.</summary>
    /// <returns>Number of bytes read; 0 at the end, null when the answer was too long.</returns>
    public async ValueTask<int?> ReadAsync(int from, Memory<byte> into, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isTooLong)
                    return null;
                var count = Math.Min(_bytes.WrittenCount - from, into.Length);
                if (count > 0 || _isOver)
                {
                    _bytes.WrittenSpan.Slice(from, count).CopyTo(into.Span);
                    return count;
                }
                changed = _changed.Next;
            }
            await changed.WaitAsync(cancellation);
        }
    }
}
