namespace Clawdbot.Tests.Fakes;

/// <summary>Hands its bytes out in pieces of the given sizes, over and over, and then ends, or fails.</summary>
internal sealed class PiecewiseStream(ReadOnlyMemory<byte> bytes, IReadOnlyList<int> pieces, Exception? failure = null) : Stream
{
    private int _reads;

    /// <summary>Bytes handed out so far.</summary>
    public int Taken { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var piece = bytes[Taken..];
        if (piece.IsEmpty && failure is not null)
            throw failure;
        piece = piece[..Math.Min(piece.Length, Math.Min(buffer.Length, pieces[_reads++ % pieces.Count]))];
        piece.CopyTo(buffer);
        Taken += piece.Length;
        return ValueTask.FromResult(piece.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
