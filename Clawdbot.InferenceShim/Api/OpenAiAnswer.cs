using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Api;

/// <summary>One answer in OpenAI's shape, streamed or whole.</summary>
internal sealed class OpenAiAnswer(HttpResponse response, string model, int promptTokens, bool stream, bool includeUsage, DateTimeOffset now)
{
    private readonly string _head = string.Create(CultureInfo.InvariantCulture,
        $"\"id\":\"chatcmpl-{RandomNumberGenerator.GetHexString(24, lowercase: true)}\",\"created\":{now.ToUnixTimeSeconds()},\"model\":\"{JsonEncodedText.Encode(model)}\"");
    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private readonly Dictionary<int, string> _reasons = [];
    private int _completionTokens;

    /// <summary>Writes what an engine's step makes visible.</summary>
    public async ValueTask TakeAsync(EngineEvent step, CancellationToken cancellation)
    {
        switch (step)
        {
            case EngineToken { Text.Length: > 0 } token:
                await TextAsync(token.Index, token.Text, cancellation);
                break;
            case EngineFinished finished:
                if (finished.Text.Length > 0)
                    await TextAsync(finished.Index, finished.Text, cancellation);
                _completionTokens += finished.CompletionTokens;
                _reasons[finished.Index] = finished.Reason;
                if (stream)
                    await ChunkAsync(Choice(finished.Index, "{}", $"\"{finished.Reason}\""), "", cancellation);
                break;
        }
    }

    /// <summary>The end: usage and <c>[DONE]</c>, or the whole document.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        var usage = string.Create(CultureInfo.InvariantCulture,
            $",\"usage\":{{\"prompt_tokens\":{promptTokens},\"completion_tokens\":{_completionTokens},\"total_tokens\":{promptTokens + _completionTokens}}}");
        if (stream)
        {
            if (includeUsage)
                await ChunkAsync("", usage, cancellation);
            await response.WriteAsync("data: [DONE]\n\n", cancellation);
            return;
        }
        var choices = _reasons.OrderBy(r => r.Key).Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{{\"index\":{r.Key},\"message\":{{\"role\":\"assistant\",\"content\":\"{Encoded(_texts.TryGetValue(r.Key, out var text) ? text.ToString() : "")}\"}},\"logprobs\":null,\"finish_reason\":\"{r.Value}\"}}"));
        response.ContentType = "application/json; charset=utf-8";
        await response.WriteAsync($"{{{_head},\"object\":\"chat.completion\",\"choices\":[{string.Join(',', choices)}]{usage}}}", cancellation);
    }

    private async ValueTask TextAsync(int index, string text, CancellationToken cancellation)
    {
        var isFirst = _texts.TryAdd(index, new StringBuilder());
        if (!stream)
        {
            _texts[index].Append(text);
            return;
        }
        response.ContentType ??= "text/event-stream; charset=utf-8";
        if (isFirst)
            await ChunkAsync(Choice(index, """{"role":"assistant","content":""}""", "null"), "", cancellation);
        await ChunkAsync(Choice(index, $$"""{"content":"{{Encoded(text)}}"}""", "null"), "", cancellation);
    }

    private static string Choice(int index, string delta, string reason) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"delta\":{delta},\"finish_reason\":{reason}}}");

    private Task ChunkAsync(string choices, string usage, CancellationToken cancellation) =>
        response.WriteAsync($"data: {{{_head},\"object\":\"chat.completion.chunk\",\"choices\":[{choices}]{usage}}}\n\n", cancellation);

    private static string Encoded(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
