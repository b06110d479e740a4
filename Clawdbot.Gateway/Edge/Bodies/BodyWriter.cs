namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>
/// Collects the bytes of a body. They stay in memory while the budget has room, in one buffer that grows with the bytes received; otherwise
/// all of them are written to a file, through a small buffer.
/// </summary>
internal sealed class BodyWriter : IDisposable
{
    /// <summary>Bytes of the first buffer of a body, and of one write to a file.</summary>
    private const int Window = 64 << 10;

    /// <summary>
    /// Largest factor by which the buffer grows at once for a body whose length was announced: up to
    /// 4 MiB, 64 KiB and then 512 KiB are copied.
    /// </summary>
    private const int Believed = 8;

    private readonly BodyBufferPool _memory;
    private readonly Spool _spool;
    private readonly long? _expected;
    private readonly int _most;
    private BodyBuffer? _buffer;
    private int _inBuffer;
    private FileStream? _file;
    private int _inFile;

    /// <param name="memory">Pool that memory is rented from.</param>
    /// <param name="spool">Makes the files.</param>
    /// <param name="expected">Announced number of bytes; null when unknown.</param>
    /// <param name="most">Most bytes that the body may have.</param>
    public BodyWriter(BodyBufferPool memory, Spool spool, long? expected, int most)
    {
        (_memory, _spool, _expected, _most) = (memory, spool, expected, most);
        _buffer = memory.Rent((int)Math.Clamp(expected ?? Window, 1, Window));
    }

    /// <summary>Number of bytes so far.</summary>
    public int Length => _inFile + _inBuffer;

    /// <summary>Room for at least one more byte; <see cref="Advance"/> says how much of it was used.</summary>
    public ValueTask<Memory<byte>> RoomAsync(CancellationToken cancellation)
    {
        if (_inBuffer == _buffer!.Length && (_file is not null || !TryGrow()))
            return EmptiedAsync(cancellation);
        return ValueTask.FromResult(_buffer.Memory[_inBuffer..]);
    }

    public void Advance(int bytes) => _inBuffer += bytes;

    /// <summary>Adds these bytes.</summary>
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
    /// Makes the body of the bytes so far. When memory is short, even a small body goes to a file: the rest of memory is for bodies that
    /// are still being read.
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

    /// <summary>Frees what was not completed.</summary>
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

    /// <summary>Writes the buffer to the file. A full disk fails here, and not when the mapped file is read.</summary>
    private async ValueTask SpillAsync(CancellationToken cancellation)
    {
        _spool.Bytes.Take(_inBuffer);
        _inFile += _inBuffer; // Dispose gives it back, also after a failure
        await _spool.TryAsync(async folder =>
        {
            _file ??= Spool.Open(folder);
            await _file.WriteAsync(_buffer!.Memory[.._inBuffer], cancellation);
            return true;
        });
        _inBuffer = 0;
    }
}
