using System.Buffers;

namespace Clawdbot.Gateway.Edge.Bodies;

/// <summary>Takes bytes until it is told that these are all. A few stay in memory, many lie in a file.</summary>
internal sealed class BodyWriter : IDisposable
{
    /// <summary>Most that stays in memory, and what is written at once.</summary>
    private const int Kept = 64 << 10;

    private readonly ByteAllowance _memory;
    private readonly Spool _spool;
    private byte[]? _buffer;
    private int _inBuffer;
    private FileStream? _file;
    private int _inFile;

    /// <param name="memory">Where memory is taken from.</param>
    /// <param name="spool">Where files are made.</param>
    /// <param name="expected">How many bytes will come, as far as known. It is believed up to a point: memory grows with what really comes.</param>
    public BodyWriter(ByteAllowance memory, Spool spool, long? expected)
    {
        (_memory, _spool) = (memory, spool);
        _buffer = Rent((int)Math.Clamp(expected ?? Kept, 1, Kept));
    }

    /// <summary>Bytes so far.</summary>
    public int Length => _inFile + _inBuffer;

    /// <summary>Room for at least one more byte; <see cref="Advance"/> says how much of it was used.</summary>
    public ValueTask<Memory<byte>> RoomAsync(CancellationToken cancellation)
    {
        if (_inBuffer == _buffer!.Length)
        {
            if (_inBuffer >= Kept)
                return EmptiedAsync(cancellation);
            Grow();
        }
        return ValueTask.FromResult(_buffer.AsMemory(_inBuffer));
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

    /// <summary>These were all. When memory is getting short, small ones lie in a file as well.</summary>
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
            Return(buffer);
        _file?.Dispose();
        _spool.Bytes.Return(_inFile);
        (_file, _inFile) = (null, 0);
    }

    private async ValueTask<Memory<byte>> EmptiedAsync(CancellationToken cancellation)
    {
        await SpillAsync(cancellation);
        return _buffer;
    }

    /// <summary>It is written before it is mapped: a disk that is full says so here, and not when it is read.</summary>
    private async ValueTask SpillAsync(CancellationToken cancellation)
    {
        _spool.Bytes.Take(_inBuffer);
        _inFile += _inBuffer; // given back by Dispose whatever becomes of it
        await _spool.TryAsync(async folder =>
        {
            _file ??= Spool.Open(folder);
            await _file.WriteAsync(_buffer.AsMemory(0, _inBuffer), cancellation);
            return true;
        });
        _inBuffer = 0;
    }

    private void Grow()
    {
        var larger = Rent(_buffer!.Length * 2);
        Buffer.BlockCopy(_buffer, 0, larger, 0, _inBuffer);
        Return(_buffer);
        _buffer = larger;
    }

    private byte[] Rent(int bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            _memory.Take(buffer.Length);
            return buffer;
        }
        catch (ApiException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private void Return(byte[] buffer)
    {
        _memory.Return(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
