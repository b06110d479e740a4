using System.Threading.Channels;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Forwards what an engine writes to the shim's log. The pipe is always emptied: an engine that waits for its log to be read does not
/// generate. Where the log itself is too slow, lines are left out, and it says how many.
/// </summary>
internal sealed partial class EngineLog(ILogger<EngineLog> log)
{
    private const int MostWaiting = 1000;
    private const int LastLines = 3;
    private const int LastCharacters = 400;

    private readonly Lock _lock = new();
    private readonly Queue<string> _last = [];
    private string _newest = "";

    /// <summary>The newest line; empty before there is one.</summary>
    public string Newest => Volatile.Read(ref _newest);

    /// <summary>The last lines of what it wrote to standard error, or of all where that is nothing.</summary>
    public string LastWords
    {
        get
        {
            lock (_lock)
            {
                var words = _last.Count > 0 ? string.Join(" / ", _last) : Newest;
                return words.Length > LastCharacters ? string.Concat("...", words.AsSpan(words.Length - LastCharacters)) : words;
            }
        }
    }

    /// <summary>Forgets what the engine before it wrote.</summary>
    public void Begin()
    {
        lock (_lock)
            _last.Clear();
        Volatile.Write(ref _newest, "");
    }

    /// <summary>Reads both pipes to their ends.</summary>
    public async Task ReadAsync(TextReader output, TextReader error)
    {
        var missed = 0;
        var bounded = new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite };
        var lines = Channel.CreateBounded<string>(bounded, _ => Interlocked.Increment(ref missed));
        var writing = Task.Run(async () =>
        {
            await foreach (var line in lines.Reader.ReadAllAsync())
            {
                Said(log, line);
                if (Interlocked.Exchange(ref missed, 0) is > 0 and var count)
                    Missed(log, count);
            }
        });
        await Task.WhenAll(ReadAsync(output, lines.Writer, isError: false), ReadAsync(error, lines.Writer, isError: true));
        lines.Writer.Complete();
        await writing;
    }

    private async Task ReadAsync(TextReader pipe, ChannelWriter<string> to, bool isError)
    {
        var (buffer, lines) = (new char[4096], new EngineLines());
        try
        {
            while (await pipe.ReadAsync(buffer) is > 0 and var read)
            {
                foreach (var line in lines.Take(buffer.AsMemory(0, read)))
                    Take(line, to, isError);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // The pipe was closed from this side.
        }
        if (lines.End() is { } rest)
            Take(rest, to, isError);
    }

    private void Take(string line, ChannelWriter<string> to, bool isError)
    {
        Volatile.Write(ref _newest, line);
        lock (_lock)
        {
            if (isError)
                _last.Enqueue(line);
            if (_last.Count > LastLines)
                _last.Dequeue();
        }
        to.TryWrite(line);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "engine: {Line}")]
    private static partial void Said(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Count} lines of the engine's log were left out: it writes faster than this log takes")]
    private static partial void Missed(ILogger logger, int count);
}
