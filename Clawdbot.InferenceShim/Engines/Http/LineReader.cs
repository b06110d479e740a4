using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Reads an answer that has a JSON value on each line (NDJSON). Empty lines are skipped; a last line that is neither ended nor a whole
/// value was cut.
/// </summary>
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
            if (buffer.Length > maxLineBytes)
                return SseResult.TooLarge;
            if (!isOver)
            {
                _pipe.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }
            _line = buffer.ToArray();
            _pipe.AdvanceTo(buffer.End);
            return _line.AsSpan().IndexOfAnyExcept(" \t\r"u8) < 0 ? SseResult.End : IsWhole(_line) ? SseResult.Event : SseResult.Truncated;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pipe.Complete();

    private static bool IsWhole(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
