using System.Globalization;
using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Drill.Load;

/// <summary>What a client saw of one answer.</summary>
internal sealed record SeenAnswer
{
    public int Status { get; init; }
    public string Id { get; init; } = "";
    public string Text { get; init; } = "";
    public string? Finish { get; init; }
    public int? CompletionTokens { get; init; }
    public int? PromptTokens { get; init; }

    /// <summary>Ended as an answer ends: <c>[DONE]</c>, or a whole document.</summary>
    public bool Whole { get; init; }

    public string? ErrorCode { get; init; }
    public int RoleDeltas { get; init; }
    public int Ids { get; init; }
    public int? RetryAfter { get; init; }
    public int Attempts { get; init; }
    public IReadOnlyList<double> Silences { get; init; } = [];

    /// <summary>What must be the same whatever happened on the way.</summary>
    public (string Text, string? Finish, int? Prompt, int? Completion) Content => (Text, Finish, PromptTokens, CompletionTokens);
}

/// <summary>A client that looks closely: it reads events itself and forgives nothing.</summary>
internal sealed class ChatClient(HttpClient http)
{
    public const string Model = "clawdbot-embedded";

    public Task<SeenAnswer> AskAsync(string question, bool stream, long? seed = 7, string more = "", Action<int>? onText = null, CancellationToken cancellation = default) =>
        SendAsync(Body(JsonEncodedText.Encode(question) is var text ? $"\"{text}\"" : "", stream, seed, more), stream, onText, cancellation);

    public Task<SeenAnswer> AskAboutAsync(byte[] picture, string question, bool stream, long? seed = 7, string more = "") => SendAsync(Body(
        $$$"""[{"type":"text","text":"{{{JsonEncodedText.Encode(question)}}}"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(picture)}}}"}}]""",
        stream, seed, more), stream);

    public async Task<SeenAnswer> SendAsync(string body, bool stream, Action<int>? onText = null, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Clawdbot-Details", "true");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!response.IsSuccessStatusCode || !stream)
            return await DocumentAsync(response, cancellation);
        return await StreamAsync(await response.Content.ReadAsStreamAsync(cancellation), onText, cancellation);
    }

    /// <summary>The request's body.</summary>
    public static string Body(string content, bool stream, long? seed, string more = "") => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"model":"{{{Model}}}","messages":[{"role":"user","content":{{{content}}}}],"stream":{{{(stream ? "true" : "false")}}},"stream_options":{"include_usage":true}{{{(seed is null ? "" : $",\"seed\":{seed}")}}}{{{more}}}}""");

    private static async Task<SeenAnswer> DocumentAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var seen = new SeenAnswer { Status = (int)response.StatusCode, RetryAfter = (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds };
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
            return seen with { ErrorCode = error.GetProperty("code").GetString() };
        var choice = root.GetProperty("choices")[0];
        return Details(root, Usage(root, seen with
        {
            Id = root.GetProperty("id").GetString()!,
            Text = choice.GetProperty("message").GetProperty("content").GetString()!,
            Finish = choice.GetProperty("finish_reason").GetString(),
            Whole = true,
            RoleDeltas = 1,
            Ids = 1,
        }));
    }

    private static async Task<SeenAnswer> StreamAsync(Stream stream, Action<int>? onText, CancellationToken cancellation)
    {
        var seen = new SeenAnswer { Status = 200 };
        var text = new StringBuilder();
        var ids = new HashSet<string>();
        var pieces = 0;
        using var events = new SseReader(stream);
        try
        {
            while (await events.ReadAsync(cancellation) == SseResult.Event)
            {
                if (events.Data.SequenceEqual("[DONE]"u8))
                    return seen with { Text = text.ToString(), Whole = true, Ids = ids.Count, Id = ids.FirstOrDefault() ?? "" };
                using var chunk = JsonDocument.Parse(events.Data.ToArray());
                seen = Chunk(chunk.RootElement, seen, text, ids);
                onText?.Invoke(++pieces);
            }
        }
        catch (HttpIOException)
        {
            // Cut: what was seen until then is returned as not whole.
        }
        return seen with { Text = text.ToString(), Ids = ids.Count, Id = ids.FirstOrDefault() ?? "" };
    }

    private static SeenAnswer Chunk(JsonElement root, SeenAnswer seen, StringBuilder text, HashSet<string> ids)
    {
        if (root.TryGetProperty("error", out var error))
            return seen with { ErrorCode = error.GetProperty("code").GetString() };
        ids.Add($"{root.GetProperty("id").GetString()}");
        foreach (var choice in root.GetProperty("choices").EnumerateArray().Where(c => c.GetProperty("index").GetInt32() == 0))
        {
            var delta = choice.GetProperty("delta");
            if (delta.TryGetProperty("content", out var content))
                text.Append(content.GetString());
            if (delta.TryGetProperty("role", out _))
                seen = seen with { RoleDeltas = seen.RoleDeltas + 1 };
            if (choice.GetProperty("finish_reason") is { ValueKind: JsonValueKind.String } finish)
                seen = seen with { Finish = finish.GetString() };
        }
        return Details(root, Usage(root, seen));
    }

    private static SeenAnswer Usage(JsonElement root, SeenAnswer seen) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
            ? seen with { PromptTokens = usage.GetProperty("prompt_tokens").GetInt32(), CompletionTokens = usage.GetProperty("completion_tokens").GetInt32() }
            : seen;

    private static SeenAnswer Details(JsonElement root, SeenAnswer seen) =>
        root.TryGetProperty("clawdbot", out var details)
            ? seen with
            {
                Attempts = details.GetProperty("attempts").GetInt32(),
                Silences = [.. details.GetProperty("failovers").EnumerateArray().Select(f => f.GetProperty("silence_ms"))
                    .Where(s => s.ValueKind == JsonValueKind.Number).Select(s => s.GetDouble())],
            }
            : seen;
}
