using System.Buffers;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>How a read of the event stream ended.</summary>
public enum SseResult
{
    /// <summary>A whole event is in <see cref="SseReader.Name"/> and <see cref="SseReader.Data"/>.</summary>
    Event,

    /// <summary>
    /// A comment, between two events or inside one, whose reading goes on. Only for readers that ask to be told: senders use comments as
    /// signs of life.
    /// </summary>
    Comment,

    /// <summary>The stream ended between two events.</summary>
    End,

    /// <summary>The stream ended inside an event.</summary>
    Truncated,

    /// <summary>An event exceeds the limit.</summary>
    TooLarge,
}

/// <summary>
/// Reads server-sent events as the WHATWG HTML standard, section "Server-sent events", has them: lines end in LF, CR or
/// CRLF, comments and a byte order mark are skipped, several data lines are joined by LF. Any split of the bytes gives the same events.
/// </summary>
/// <remarks>
/// It is used instead of the framework's SseParser, which hides whether the stream ended inside an event, that is, whether an answer was
/// cut. What a read returns is valid until the next read. Not for use by two threads at once.
/// </remarks>
public sealed class SseReader(Stream stream, int maxEventBytes = 1 << 20, bool tellsComments = false) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _data = new(256);
    private readonly ArrayBufferWriter<byte> _name = new(16);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2048);
    private int _start;
    private int _end;
    private bool _skipLineFeed;
    private bool _open;
    private bool _hasData;
    private bool _isTaken;
    private bool _ended;
    private bool _isBegun;

    /// <summary>The event's name in UTF-8; empty when it has none.</summary>
    public ReadOnlySpan<byte> Name => _name.WrittenSpan;

    /// <summary>The event's data in UTF-8.</summary>
    public ReadOnlySpan<byte> Data => _data.WrittenSpan;

    /// <summary>Whether the next event has this name and has been received completely.</summary>
    public bool IsNext(ReadOnlySpan<byte> name)
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        return rest.StartsWith("event: "u8) && rest[7..].StartsWith(name)
            && rest[(7 + name.Length)..] is [(byte)'\n', ..] && rest.IndexOf("\n\n"u8) >= 0;
    }

    /// <summary>Reads up to the end of the next event. Throws what the stream throws.</summary>
    public async ValueTask<SseResult> ReadAsync(CancellationToken cancellation)
    {
        SseResult result;
        while (!TryRead(out result))
            Received(await ReceiveAsync(cancellation));
        return result;
    }

    /// <summary>
    /// Takes the next event, or the end, out of the received bytes; false when more must be received first, by <see cref="ReceiveAsync"/>
    /// and <see cref="Received"/>. So a loop can await the stream itself, and saves an async call for each token.
    /// </summary>
    public bool TryRead(out SseResult result)
    {
        if (_isTaken)
            Forget();
        while (TakeLine(out var from, out var length))
        {
            if (length + _data.WrittenCount > maxEventBytes)
                return Is(SseResult.TooLarge, out result);
            if (length > 0 && _buffer[from] == ':')
            {
                if (tellsComments)
                    return Is(SseResult.Comment, out result);
            }
            else if (length > 0)
            {
                Field(_buffer.AsSpan(from, length));
            }
            else if (_hasData)
            {
                return _isTaken = Is(SseResult.Event, out result);
            }
            else
            {
                Forget();
            }
        }
        if (_end - _start + _data.WrittenCount > maxEventBytes)
            return Is(SseResult.TooLarge, out result);
        Is(_open || _end > _start ? SseResult.Truncated : SseResult.End, out result);
        return _ended;
    }

    /// <summary>Waits for more bytes; their number must be handed to <see cref="Received"/>. Throws what the stream throws.</summary>
    public ValueTask<int> ReceiveAsync(CancellationToken cancellation)
    {
        if (_start == _end)
            _start = _end = 0;
        else if (_end == _buffer.Length)
            MakeRoom();
        return stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
    }

    /// <summary>Takes over the number of received bytes; 0 is the end of the stream.</summary>
    public void Received(int bytes)
    {
        _end += bytes;
        _ended = bytes == 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Forget()
    {
        _data.ResetWrittenCount();
        _name.ResetWrittenCount();
        _open = _hasData = _isTaken = false;
    }

    private bool TakeLine(out int from, out int length)
    {
        if (_skipLineFeed && _start < _end)
        {
            if (_buffer[_start] == '\n')
                _start++;
            _skipLineFeed = false;
        }
        from = _start;
        length = _buffer.AsSpan(_start, _end - _start).IndexOfAny((byte)'\n', (byte)'\r');
        if (length < 0)
            return false;
        _skipLineFeed = _buffer[_start + length] == '\r';
        _start += length + 1;
        if (!_isBegun && _buffer.AsSpan(from, length).StartsWith("\uFEFF"u8))
            (from, length) = (from + 3, length - 3);
        _isBegun = true;
        return true;
    }

    private void Field(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        _open = true;
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? default : line[(colon + 1)..];
        if (value.Length > 0 && value[0] == ' ')
            value = value[1..];
        if (name.SequenceEqual("data"u8))
        {
            if (_hasData)
                _data.Write("\n"u8);
            _data.Write(value);
            _hasData = true;
        }
        else if (name.SequenceEqual("event"u8))
        {
            _name.ResetWrittenCount();
            _name.Write(value);
        }
        else if (name.SequenceEqual("error"u8))
        {
            // No field of the standard's. Servers of llama.cpp tell an error in mid-stream so, and it must not be passed over.
            _name.ResetWrittenCount();
            _name.Write(name);
            _data.Write(value);
            _hasData = true;
        }
    }

    private static bool Is(SseResult value, out SseResult result)
    {
        result = value;
        return true;
    }

    private void MakeRoom()
    {
        var target = _start > 0 ? _buffer : ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
        if (target != _buffer)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
        _end -= _start;
        _start = 0;
    }
}
