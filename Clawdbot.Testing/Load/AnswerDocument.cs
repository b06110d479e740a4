using System.Text.Json;

namespace Clawdbot.Testing.Load;

/// <summary>Reads an answer that is one JSON document: an answer that is not streamed, or an error.</summary>
internal static class AnswerDocument
{
    public static async Task<ObservedAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var seen = new ObservedAnswer
        {
            Status = (int)response.StatusCode,
            RetryAfter = (int?)response.Headers.RetryAfter?.Delta?.TotalSeconds,
        };
        using var body = new MemoryStream();
        try
        {
            if (await CopyAsync(response, body, cancellation) is { } cut)
                seen = seen with { Break = cut };
            using var document = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            return Read(document.RootElement, seen);
        }
        catch (JsonException fault)
        {
            return seen.Break.Length > 0 ? seen : seen with { Break = $"the body is not JSON: {fault.Message}" };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or InvalidOperationException)
        {
            return seen with { Break = fault.Message }; // invalid: half a surrogate pair, a number where an object belongs
        }
    }

    /// <summary>
    /// Copies the body; returns why its connection was cut, null when it was not. A document that says what went wrong may be whole then.
    /// </summary>
    private static async Task<string?> CopyAsync(HttpResponseMessage response, MemoryStream body, CancellationToken cancellation)
    {
        try
        {
            await (await response.Content.ReadAsStreamAsync(cancellation)).CopyToAsync(body, cancellation);
            return null;
        }
        catch (HttpIOException fault)
        {
            return fault.Message;
        }
    }

    /// <summary>Adds the usage and our gateway's details on attempts and failovers, from a document or a chunk.</summary>
    public static ObservedAnswer Frame(JsonElement root, ObservedAnswer seen)
    {
        if (root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            seen = seen with { PromptTokens = Number(usage, "prompt_tokens"), CompletionTokens = Number(usage, "completion_tokens") };
        if (!root.TryGetProperty("clawdbot", out var details) || details.ValueKind != JsonValueKind.Object)
            return seen;
        return seen with
        {
            Attempts = details.GetProperty("attempts").GetInt32(),
            Approximate = details.TryGetProperty("approximate", out var approximate) && approximate.ValueKind == JsonValueKind.True,
            Kinds = [.. details.GetProperty("failovers").EnumerateArray().Select(f => Text(f, "kind") ?? "")],
            Silences = [.. details.GetProperty("failovers").EnumerateArray().Select(f => f.GetProperty("silence_ms"))
                .Where(s => s.ValueKind == JsonValueKind.Number).Select(s => s.GetDouble())],
        };
    }

    /// <summary>The code of an error object; its message where it has none.</summary>
    public static string ErrorCode(JsonElement error) => Text(error, "code") ?? Text(error, "message") ?? "error";

    /// <summary>A string property, or null.</summary>
    public static string? Text(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static ObservedAnswer Read(JsonElement root, ObservedAnswer seen)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return seen with { Break = "the body is not an object" };
        if (root.TryGetProperty("error", out var error))
            return seen with { ErrorCode = ErrorCode(error) };
        if (Text(root, "result") is { } result)
        {
            return Frame(root, seen with
            {
                Id = Text(root, "id") ?? "",
                Text = result,
                Finish = Text(root, "finish_reason"),
                Whole = true,
                RoleDeltas = 1,
                Ids = 1,
            });
        }
        if (!root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0)
            return seen with { Break = "the body has no choices" };
        var choice = choices[0];
        return Frame(root, seen with
        {
            Id = Text(root, "id") ?? "",
            Text = choice.TryGetProperty("message", out var message) ? Text(message, "content") ?? "" : "",
            Finish = Text(choice, "finish_reason"),
            Whole = true,
            RoleDeltas = 1,
            Ids = 1,
        });
    }

    private static int? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : null;
}
