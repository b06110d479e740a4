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

    /// <summary>What stands before the bytes; null as long as there are none.</summary>
    public AnswerHead? Head
    {
        get
        {
            lock (_lock)
                return _head;
        }
    }

    /// <summary>All bytes; null when they were too many.</summary>
    public byte[]? ToArray()
    {
        lock (_lock)
            return _isTooLong ? null : _bytes.WrittenSpan.ToArray();
    }

    /// <summary>The first bytes are about to go out.</summary>
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

    /// <summary>What was appended is worth reading now.</summary>
    public void Signal() => _changed.Raise();

    /// <summary>There is no more.</summary>
    public void End()
    {
        lock (_lock)
            _isOver = true;
        Signal();
    }

    /// <summary>Reads from a place; waits until there is something.</summary>
    /// <returns>Bytes read; none at the end. Null when the answer was too long to be read by others.</returns>
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
