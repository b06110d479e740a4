using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Reads an answer event by event, in whichever form it comes: server-sent events, a JSON object on each line, or one JSON document from a
/// server that can't stream. The content type says which, and where it says nothing or something else, the first bytes do: some servers
/// and proxies stream events as <c>text/plain</c> or without a type.
/// </summary>
internal sealed class AnswerReader : IDisposable
{
    private readonly Stream _stream;
    private readonly int _maxEventBytes;
    private readonly SseReader? _events;
    private readonly LineReader? _lines;
    private byte[]? _document;

    private AnswerReader(Stream stream, Form form, int maxEventBytes)
    {
        (_stream, _maxEventBytes) = (stream, maxEventBytes);
        _events = form == Form.Events ? new SseReader(stream, maxEventBytes, tellsComments: true) : null;
        _lines = form == Form.Lines ? new LineReader(stream, maxEventBytes) : null;
    }

    private enum Form
    {
        Unknown, Events, Lines, Document,
    }

    /// <summary>Whether the answer comes as one document.</summary>
    public bool IsDocument => _events is null && _lines is null;

    /// <summary>The data of the event that was read last.</summary>
    public ReadOnlySpan<byte> Data => _events is not null ? _events.Data : _lines is not null ? _lines.Data : _document;

    /// <summary>Whether the event that was read last says that the answer failed.</summary>
    public bool IsError => _events is { } events && events.Name.SequenceEqual("error"u8);

    /// <summary>Makes the reader for an answer.</summary>
    /// <param name="response">The response.</param>
    /// <param name="hasLines">Whether the engine streams JSON objects in lines and not events.</param>
    /// <param name="maxEventBytes">Largest event.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="EngineFailureException">It has no form that an answer has, or was cut before that could be seen.</exception>
    public static async Task<AnswerReader> OfAsync(
        HttpResponseMessage response, bool hasLines, int maxEventBytes, CancellationToken cancellation)
    {
        try
        {
            return await OpenAsync(response, hasLines, maxEventBytes, cancellation);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or InvalidDataException)
        {
            throw new EngineFailureException("engine_cut", $"The engine's answer ended before it was complete: {fault.Message}", fault);
        }
    }

    /// <summary>Reads up to the end of the next event. Throws what the stream throws.</summary>
    public ValueTask<SseResult> ReadAsync(CancellationToken cancellation) =>
        _events is not null ? _events.ReadAsync(cancellation)
        : _lines is not null ? _lines.ReadAsync(cancellation)
        : DocumentAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _events?.Dispose();
        _lines?.Dispose();
        _stream.Dispose();
    }

    private static async Task<AnswerReader> OpenAsync(
        HttpResponseMessage response, bool hasLines, int maxEventBytes, CancellationToken cancellation)
    {
        var stream = await EngineContent.OpenAsync(response, cancellation);
        var type = response.Content.Headers.ContentType?.MediaType;
        var form = type switch
        {
            "text/event-stream" => Form.Events,
            "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/x-jsonlines" => Form.Lines,
            _ => Form.Unknown,
        };
        if (form != Form.Unknown)
            return new AnswerReader(stream, form, maxEventBytes);
        var peeked = new PeekedStream(stream);
        form = Guess(await peeked.PeekAsync(cancellation), hasLines);
        if (form == Form.Unknown && type == "application/json")
            form = hasLines ? Form.Lines : Form.Document; // behind more white space than was looked at
        return form != Form.Unknown
            ? new AnswerReader(peeked, form, maxEventBytes)
            : throw new EngineFailureException(
                "engine_malformed", $"The engine answers with {type ?? "no content type"} instead of an event stream.");
    }

    private async ValueTask<SseResult> DocumentAsync(CancellationToken cancellation)
    {
        if (_document is not null)
            return SseResult.End;
        _document = await EngineContent.ReadAsync(_stream, _maxEventBytes, cancellation);
        return _document is null ? SseResult.TooLarge : SseResult.Event;
    }

    private static Form Guess(ReadOnlySpan<byte> first, bool hasLines)
    {
        if (first.StartsWith("\uFEFF"u8))
            first = first[3..];
        first = first.TrimStart(" \t\r\n"u8);
        return first.StartsWith("data:"u8) || first.StartsWith("event:"u8) || first.StartsWith("id:"u8) || first.StartsWith("retry:"u8)
            || first.StartsWith(":"u8) ? Form.Events
            : first.StartsWith("{"u8) ? (hasLines ? Form.Lines : Form.Document)
            : Form.Unknown;
    }
}
