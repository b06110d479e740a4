namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// Takes bytes until it is told that these are all. They stay in memory while the budget has room, in one piece that grows with what really
/// came; else what there is goes to a file, and what follows goes there as well, through a small buffer.
/// </summary>
internal sealed class BodyWriter : IDisposable
{
    /// <summary>Bytes that are held of a body of which nothing came yet, and what is written to a file at once.</summary>
    private const int Window = 64 << 10;

    /// <summary>A claimed length is believed up to so many times what came: up to 4 MiB, 64 KiB and then 512 KiB are copied.</summary>
    private const int Believed = 8;

    private readonly BodyBufferPool _memory;
    private readonly Spool _spool;
    private readonly long? _expected;
    private readonly int _most;
    private BodyBuffer? _buffer;
    private int _inBuffer;
    private FileStream? _file;
    private int _inFile;

    /// <param name="memory">Where memory is taken from.</param>
    /// <param name="spool">Where files are made.</param>
    /// <param name="expected">How many bytes will come, as far as somebody said so.</param>
    /// <param name="most">How many bytes the body may have.</param>
    public BodyWriter(BodyBufferPool memory, Spool spool, long? expected, int most)
    {
        (_memory, _spool, _expected, _most) = (memory, spool, expected, most);
        _buffer = memory.Rent((int)Math.Clamp(expected ?? Window, 1, Window));
    }

    /// <summary>Bytes so far.</summary>
    public int Length => _inFile + _inBuffer;

    /// <summary>Room for at least one more byte; <see cref="Advance"/> says how much of it was used.</summary>
    public ValueTask<Memory<byte>> RoomAsync(CancellationToken cancellation)
    {
        if (_inBuffer == _buffer!.Length && (_file is not null || !TryGrow()))
            return EmptiedAsync(cancellation);
        return ValueTask.FromResult(_buffer.Memory[_inBuffer..]);
    }

    public void Advance(int bytes) => _inBuffer += bytes;

    /// <summary>Adds all of these.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            var room = await RoomAsync(cancellation);
            var fits = Math.Min(room.Length, bytes.Length);
            bytes[..fits].CopyTo(room);
            Advance(fits);
            bytes = bytes[fits..];
        }
    }

    /// <summary>
    /// These were all. When memory is short, they go to a file even if they are few: what is left is for those who are still sending.
    /// </summary>
    public async ValueTask<RequestBody> CompleteAsync(CancellationToken cancellation)
    {
        if (_file is null && (Length == 0 || !_memory.IsShort))
            return new PooledBody(Interlocked.Exchange(ref _buffer, null)!, _inBuffer, _memory);
        await SpillAsync(cancellation);
        return await _spool.TryAsync(_ =>
        {
            var (file, length) = (_file!, _inFile);
            var body = new MappedBody(file, length, _spool.Bytes);
            (_file, _inFile) = (null, 0);
            return ValueTask.FromResult<RequestBody>(body);
        });
    }

    /// <summary>Forgets what was not completed.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
            _memory.Return(buffer);
        _file?.Dispose();
        _spool.Bytes.Return(_inFile);
        (_file, _inFile) = (null, 0);
    }

    private bool TryGrow()
    {
        var next = _expected > _inBuffer ? Math.Min(_expected.Value, (long)_inBuffer * Believed) : (long)_inBuffer * 2;
        // One byte more than is allowed is enough to see that there are too many.
        if (_memory.TryRentLasting((int)Math.Min(next, Math.Max(_most, _inBuffer) + 1L)) is not { } larger)
            return false;
        _buffer!.GetSpan()[.._inBuffer].CopyTo(larger.GetSpan());
        _memory.Return(_buffer);
        _buffer = larger;
        return true;
    }

    private async ValueTask<Memory<byte>> EmptiedAsync(CancellationToken cancellation)
    {
        await SpillAsync(cancellation);
        if (_buffer!.Length > Window)
        {
            _memory.Return(Interlocked.Exchange(ref _buffer, null)!);
            _buffer = _memory.Rent(Window);
        }
        return _buffer.Memory;
    }

    /// <summary>It is written before it is mapped: a disk that is full says so here, and not when it is read.</summary>
    private async ValueTask SpillAsync(CancellationToken cancellation)
    {
        _spool.Bytes.Take(_inBuffer);
        _inFile += _inBuffer; // given back by Dispose whatever becomes of it
        await _spool.TryAsync(async folder =>
        {
            _file ??= Spool.Open(folder);
            await _file.WriteAsync(_buffer!.Memory[.._inBuffer], cancellation);
            return true;
        });
        _inBuffer = 0;
    }
}
