using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Api;

/// <summary>One answer in OpenAI's shape, streamed or whole.</summary>
internal sealed class OpenAiAnswer(
    HttpResponse response, string model, int? promptTokens, bool stream, bool includeUsage, DateTimeOffset now)
{
    private readonly string _head = string.Create(CultureInfo.InvariantCulture,
        $"\"id\":\"chatcmpl-{RandomNumberGenerator.GetHexString(24, lowercase: true)}\",\"created\":{now.ToUnixTimeSeconds()},"
        + $"\"model\":\"{JsonEncodedText.Encode(model)}\"");
    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private readonly Dictionary<int, string> _reasons = [];
    private readonly Dictionary<int, AggregatedChoice> _aggregated = [];
    private int _promptTokens = promptTokens ?? 0;
    private int _completionTokens;

    /// <summary>Writes what a step of the engine adds to the answer.</summary>
    public async ValueTask TakeAsync(EngineEvent step, CancellationToken cancellation)
    {
        switch (step)
        {
            case EngineTokens { Text.Length: > 0 } tokens:
                await TextAsync(tokens.Index, tokens.Text, cancellation);
                break;
            case EnginePiece piece:
                await PieceAsync(piece, cancellation);
                break;
            case EngineFinished finished:
                if (finished.Text.Length > 0)
                    await TextAsync(finished.Index, finished.Text, cancellation);
                _completionTokens += finished.CompletionTokens ?? 0;
                _promptTokens = finished.PromptTokens ?? _promptTokens;
                _reasons[finished.Index] = finished.Reason;
                if (stream)
                    await ChunkAsync(Choice(finished.Index, "{}", $"\"{finished.Reason}\""), "", cancellation);
                break;
        }
    }

    /// <summary>Ends the answer: usage and <c>[DONE]</c> of a stream, or the whole document.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        var usage = string.Create(CultureInfo.InvariantCulture,
            $",\"usage\":{{\"prompt_tokens\":{_promptTokens},\"completion_tokens\":{_completionTokens},"
            + $"\"total_tokens\":{_promptTokens + _completionTokens}}}");
        if (stream)
        {
            if (includeUsage)
                await ChunkAsync("", usage, cancellation);
            await response.WriteAsync("data: [DONE]\n\n", cancellation);
            return;
        }
        var choices = _reasons.OrderBy(r => r.Key).Select(r => Whole(r.Key, r.Value));
        response.ContentType = "application/json; charset=utf-8";
        await response.WriteAsync(
            $"{{{_head},\"object\":\"chat.completion\",\"choices\":[{string.Join(',', choices)}]{usage}}}", cancellation);
    }

    private async ValueTask TextAsync(int index, string text, CancellationToken cancellation)
    {
        if (stream)
        {
            await BeginAsync(index, cancellation);
            await ChunkAsync(Choice(index, $$"""{"content":"{{Encoded(text)}}"}""", "null"), "", cancellation);
        }
        else
        {
            _texts.TryAdd(index, new StringBuilder());
            _texts[index].Append(text);
        }
    }

    private async ValueTask PieceAsync(EnginePiece piece, CancellationToken cancellation)
    {
        if (stream)
        {
            await BeginAsync(piece.Index, cancellation);
            var fields = Encoding.UTF8.GetString(piece.Choice.Span).Trim()[1..^1];
            var choice = string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{piece.Index},{fields},\"finish_reason\":null}}");
            await ChunkAsync(choice, "", cancellation);
            return;
        }
        if (!_aggregated.TryGetValue(piece.Index, out var aggregated))
            aggregated = _aggregated[piece.Index] = new AggregatedChoice();
        if (aggregated.Add(piece.Choice) is { Length: > 0 } text)
            await TextAsync(piece.Index, text, cancellation);
    }

    private async ValueTask BeginAsync(int index, CancellationToken cancellation)
    {
        response.ContentType ??= "text/event-stream; charset=utf-8";
        if (_texts.TryAdd(index, new StringBuilder()))
            await ChunkAsync(Choice(index, """{"role":"assistant","content":""}""", "null"), "", cancellation);
    }

    private string Whole(int index, string reason)
    {
        var choice = _aggregated.TryGetValue(index, out var aggregated)
            ? JsonNode.Parse(aggregated.ToJson())!.AsObject()
            : new JsonObject { ["message"] = new JsonObject() };
        var message = choice["message"]!.AsObject();
        message.Insert(0, "role", "assistant");
        message.Insert(1, "content", _texts.TryGetValue(index, out var text) ? text.ToString() : aggregated is null ? "" : null);
        choice.Insert(0, "index", index);
        choice.TryAdd("logprobs", null);
        choice["finish_reason"] = reason;
        return choice.ToJsonString(AggregatedChoice.Relaxed);
    }

    private static string Choice(int index, string delta, string reason) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"delta\":{delta},\"finish_reason\":{reason}}}");

    private Task ChunkAsync(string choices, string usage, CancellationToken cancellation) =>
        response.WriteAsync($"data: {{{_head},\"object\":\"chat.completion.chunk\",\"choices\":[{choices}]{usage}}}\n\n", cancellation);

    private static string Encoded(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
