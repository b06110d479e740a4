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
    HttpResponse response, string model, EngineStarted started, bool stream, bool includeUsage, DateTimeOffset now)
{
    private readonly string _head = string.Create(CultureInfo.InvariantCulture,
        $"\"id\":\"chatcmpl-{RandomNumberGenerator.GetHexString(24, lowercase: true)}\",\"created\":{now.ToUnixTimeSeconds()},"
        + $"\"model\":\"{JsonEncodedText.Encode(model)}\"{Label("system_fingerprint", started.Fingerprint)}"
        + $"{Label("service_tier", started.Tier)}");
    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private readonly Dictionary<int, EngineFinished> _ends = [];
    private readonly Dictionary<int, AggregatedChoice> _aggregated = [];
    private int _promptTokens = started.PromptTokens ?? 0;
    private int _completionTokens;
    private int _counted;

    /// <summary>Writes what a step of the engine adds to the answer.</summary>
    public async ValueTask TakeAsync(EngineEvent step, CancellationToken cancellation)
    {
        _counted += step switch
        {
            EngineTokens tokens => tokens.Count,
            EnginePiece piece => piece.Count,
            EngineFinished finished => finished.Count,
            _ => 0,
        };
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
                _ends[finished.Index] = finished;
                if (stream)
                    await ChunkAsync(Choice(finished.Index, "{}", $"\"{finished.Reason}\"{Stop(finished)}"), "", cancellation);
                break;
        }
    }

    /// <summary>Ends the answer: usage and <c>[DONE]</c> of a stream, or the whole document.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        var completion = _completionTokens > 0 ? _completionTokens : _counted; // an engine may not tell it
        var details = _ends.Values.Select(e => e.UsageDetails).OfType<JsonElement>().FirstOrDefault();
        var more = details.ValueKind == JsonValueKind.Object ? "," + details.GetRawText()[1..^1] : "";
        var usage = string.Create(CultureInfo.InvariantCulture,
            $",\"usage\":{{\"prompt_tokens\":{_promptTokens},\"completion_tokens\":{completion},"
            + $"\"total_tokens\":{(long)_promptTokens + completion}{more}}}");
        if (stream)
        {
            if (includeUsage)
                await ChunkAsync("", usage, cancellation);
            await response.WriteAsync("data: [DONE]\n\n", cancellation);
            return;
        }
        var choices = _ends.OrderBy(e => e.Key).Select(e => Whole(e.Value));
        response.ContentType = "application/json; charset=utf-8";
        await response.WriteAsync(
            $"{{{_head},\"object\":\"chat.completion\",\"choices\":[{string.Join(',', choices)}]{PromptIds}{usage}}}", cancellation);
    }

    private string PromptIds => started.PromptIds is { } ids ? $",\"prompt_token_ids\":[{string.Join(',', ids)}]" : "";

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
        var ids = _texts.Count == 0 ? PromptIds : "";
        if (_texts.TryAdd(index, new StringBuilder()))
            await ChunkAsync(Choice(index, """{"role":"assistant","content":""}""", "null"), ids, cancellation);
    }

    private string Whole(EngineFinished end)
    {
        var index = end.Index;
        var choice = _aggregated.TryGetValue(index, out var aggregated)
            ? JsonNode.Parse(aggregated.ToJson())!.AsObject()
            : new JsonObject { ["message"] = new JsonObject() };
        var message = choice["message"]!.AsObject();
        message.Insert(0, "role", "assistant");
        message.Insert(1, "content", _texts.TryGetValue(index, out var text) ? text.ToString() : aggregated is null ? "" : null);
        message.TryAdd("refusal", null);
        choice.Insert(0, "index", index);
        choice.TryAdd("logprobs", null);
        choice["finish_reason"] = end.Reason;
        if (end.StopReason is { } stop)
            choice["stop_reason"] = JsonNode.Parse(stop.GetRawText());
        return choice.ToJsonString(AggregatedChoice.Relaxed);
    }

    private static string Label(string name, string? value) => value is null ? "" : $",\"{name}\":\"{JsonEncodedText.Encode(value)}\"";

    private static string Stop(EngineFinished end) =>
        end.StopReason is { } stop ? ",\"stop_reason\":" + stop.GetRawText() : "";

    private static string Choice(int index, string delta, string reason) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"delta\":{delta},\"finish_reason\":{reason}}}");

    private Task ChunkAsync(string choices, string more, CancellationToken cancellation) =>
        response.WriteAsync($"data: {{{_head},\"object\":\"chat.completion.chunk\",\"choices\":[{choices}]{more}}}\n\n", cancellation);

    private static string Encoded(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
