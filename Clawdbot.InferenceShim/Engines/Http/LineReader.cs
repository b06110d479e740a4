using System.Buffers;
using System.IO.Pipelines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Reads an answer that has an event on each line (NDJSON). Empty lines are skipped; a last line without end was cut.</summary>
internal sealed class LineReader(Stream stream, int maxLineBytes) : IDisposable
{
    private readonly PipeReader _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
    private byte[] _line = [];

    /// <summary>The line that was read last.</summary>
    public ReadOnlySpan<byte> Data => _line;

    /// <summary>Reads up to the end of the next line. Throws what the stream throws.</summary>
    public async ValueTask<SseResult> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await _pipe.ReadAsync(cancellation);
            var (buffer, isOver) = (read.Buffer, read.IsCompleted);
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                _line = buffer.Slice(0, end).ToArray();
                _pipe.AdvanceTo(buffer.GetPosition(1, end));
                if (_line.AsSpan().IndexOfAnyExcept(" \t\r"u8) >= 0)
                    return _line.Length > maxLineBytes ? SseResult.TooLarge : SseResult.Event;
                continue;
            }
            var isEmpty = buffer.IsEmpty;
            if (buffer.Length > maxLineBytes)
                return SseResult.TooLarge;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
            if (isOver)
                return isEmpty ? SseResult.End : SseResult.Truncated;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pipe.Complete();
}
