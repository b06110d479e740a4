using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Reads an answer event by event, in whichever of the two forms engines stream it.</summary>
internal sealed class AnswerReader : IDisposable
{
    private readonly SseReader? _events;
    private readonly LineReader? _lines;

    private AnswerReader(SseReader? events, LineReader? lines) => (_events, _lines) = (events, lines);

    /// <summary>The data of the event that was read last.</summary>
    public ReadOnlySpan<byte> Data => _events is null ? _lines!.Data : _events.Data;

    /// <summary>Makes the reader for an answer's content type; null when the answer comes as one document.</summary>
    /// <exception cref="EngineFailureException">The content type is none of an answer.</exception>
    public static async Task<AnswerReader?> OfAsync(HttpResponseMessage response, int maxEventBytes, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType switch
        {
            "text/event-stream" => new AnswerReader(
                new SseReader(await response.Content.ReadAsStreamAsync(cancellation), maxEventBytes), null),
            "application/x-ndjson" => new AnswerReader(
                null, new LineReader(await response.Content.ReadAsStreamAsync(cancellation), maxEventBytes)),
            "application/json" => null, // a server that can't stream
            var other => throw new EngineFailureException(
                "engine_malformed", $"The engine answers with {other ?? "no content type"} instead of an event stream."),
        };

    /// <summary>Reads up to the end of the next event. Throws what the stream throws.</summary>
    public ValueTask<SseResult> ReadAsync(CancellationToken cancellation) =>
        _events is null ? _lines!.ReadAsync(cancellation) : _events.ReadAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _events?.Dispose();
        _lines?.Dispose();
    }
}
