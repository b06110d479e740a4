using System.Buffers;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses.Background;

/// <summary>What is kept of a response in the background: where a gateway that takes it over goes on.</summary>
internal sealed class WrittenEvents
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly List<int> _ids = [];
    private EventChunk? _last;

    /// <summary>Number of chunks.</summary>
    public int Chunks { get; private set; }

    /// <summary>Number of events.</summary>
    public int Events { get; private set; }

    /// <summary>Whether the response is over.</summary>
    public bool IsOver => _last?.IsLast == true;

    /// <summary>Whether a model has said anything.</summary>
    public bool HasOutput => _last is { Progress.Tokens: > 0 };

    /// <summary>The text, the inside of a JSON string.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    /// <summary>How far the answer has come, with all token ids.</summary>
    public ResponseProgress Progress => _last!.Progress with { Ids = _ids };

    /// <summary>Reads all that is kept.</summary>
    public static async Task<WrittenEvents> ReadAsync(BackgroundStore store, BackgroundRequest request)
    {
        var written = new WrittenEvents();
        while (await store.GetAsync(request, written.Chunks) is { } chunk)
            written.Add(chunk);
        return written;
    }

    private void Add(EventChunk chunk)
    {
        _last = chunk;
        Chunks++;
        _ids.AddRange(chunk.Progress.Ids);
        foreach (var (number, data, _) in chunk.Each())
        {
            Events = number + 1;
            var fields = data.Fields("event");
            if (fields["type"].Inside.Span.SequenceEqual("response.output_text.delta"u8) && fields.TryGetValue("delta", out var delta))
                _text.Write(delta.Inside.Span);
        }
    }
}
