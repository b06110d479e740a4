using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Testing.Load;

/// <summary>Reads a streamed answer, event by event, with the time of each piece of text.</summary>
/// <param name="sent">Timestamp of the request.</param>
/// <param name="onText">Called with the number of chunks so far.</param>
internal sealed class AnswerStream(long sent, Action<int>? onText)
{
    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _ids = [];
    private ObservedAnswer _seen = new() { Status = 200 };
    private long _lastPiece;
    private double _longestGap;
    private int _pieces;
    private int _chunks;

    /// <summary>Reads to the end, or to where the stream breaks; then what was seen is returned as not whole.</summary>
    public async Task<ObservedAnswer> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var events = new SseReader(stream, GenerationEvents.MostBytes);
        try
        {
            while (await events.ReadAsync(cancellation) is SseResult.Event)
            {
                if (events.Data.SequenceEqual("[DONE]"u8))
                    return Seen() with { Whole = true };
                Take(events.Data);
                onText?.Invoke(++_chunks);
            }
            return Seen() with { Break = "ended without [DONE]" };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return Seen() with { Break = fault.Message };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            return Seen() with { Break = "an event is not JSON of a chunk" };
        }
        catch (OperationCanceledException)
        {
            return Seen() with { Break = ObservedAnswer.Silence };
        }
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        using var chunk = JsonDocument.ParseValue(ref reader);
        var root = chunk.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException();
        if (root.TryGetProperty("error", out var error))
        {
            _seen = _seen with { ErrorCode = AnswerDocument.ErrorCode(error) };
            return;
        }
        _ids.Add(AnswerDocument.Text(root, "id") ?? "");
        if (root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array)
        {
            foreach (var choice in choices.EnumerateArray().Where(c => c.TryGetProperty("index", out var index) && index.GetInt32() == 0))
                Take(choice);
        }
        _seen = AnswerDocument.Frame(root, _seen);
    }

    private void Take(JsonElement choice)
    {
        if (choice.TryGetProperty("delta", out var delta))
        {
            if (AnswerDocument.Text(delta, "content") is { Length: > 0 } text)
                Take(text);
            if (delta.TryGetProperty("role", out _))
                _seen = _seen with { RoleDeltas = _seen.RoleDeltas + 1 };
        }
        if (AnswerDocument.Text(choice, "finish_reason") is { } finish)
            _seen = _seen with { Finish = finish };
    }

    private void Take(string text)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_pieces++ == 0)
            _seen = _seen with { FirstText = TimeProvider.System.GetElapsedTime(sent, now).TotalMilliseconds };
        else
            _longestGap = Math.Max(_longestGap, TimeProvider.System.GetElapsedTime(_lastPiece, now).TotalMilliseconds);
        _lastPiece = now;
        _text.Append(text);
    }

    private ObservedAnswer Seen() => _seen with
    {
        Text = _text.ToString(),
        Ids = _ids.Count,
        Id = _ids.FirstOrDefault() ?? "",
        Pieces = _pieces,
        LongestGap = _pieces > 1 ? _longestGap : null,
    };
}
