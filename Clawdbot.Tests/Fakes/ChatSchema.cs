using System.Text.Json;

namespace Clawdbot.Tests.Fakes;

/// <summary>
/// What OpenAI's published schema of chat completions requires of an answer, whole or streamed: fields that must be there, their types,
/// and the types of those that may be there.
/// </summary>
internal static class ChatSchema
{
    private static readonly string[] Reasons = ["stop", "length", "tool_calls", "content_filter", "function_call"];

    /// <summary>What is wrong with a whole answer; nothing when it holds.</summary>
    public static List<string> FaultsOf(JsonElement answer)
    {
        var faults = new List<string>();
        Head(answer, "chat.completion", faults);
        foreach (var choice in Items(answer, "choices", faults))
        {
            Is(choice, "index", JsonValueKind.Number, faults);
            Reason(choice, isRequired: true, faults);
            Logprobs(choice, isRequired: true, faults);
            var message = choice.TryGetProperty("message", out var said) ? said : default;
            Check(message.ValueKind == JsonValueKind.Object && Text(message, "role") == "assistant", "message.role", faults);
            Nullable(message, "content", JsonValueKind.String, isRequired: true, faults);
            Nullable(message, "refusal", JsonValueKind.String, isRequired: true, faults);
            Calls(message, isChunk: false, faults);
        }
        Usage(answer, isRequired: true, faults);
        return faults;
    }

    /// <summary>What is wrong with a streamed answer; nothing when it holds.</summary>
    public static List<string> FaultsOf(IReadOnlyList<JsonElement> chunks, bool withUsage)
    {
        var faults = new List<string>();
        for (var i = 0; i < chunks.Count; i++)
        {
            Head(chunks[i], "chat.completion.chunk", faults);
            var choices = Items(chunks[i], "choices", faults);
            var isUsage = withUsage && i == chunks.Count - 1;
            Check(choices.Count == 0 == isUsage, $"choices of chunk {i}", faults);
            Usage(chunks[i], isUsage, faults);
            foreach (var choice in choices)
                Delta(choice, faults);
        }
        foreach (var name in (string[])["id", "created", "model", "system_fingerprint", "service_tier"])
            Check(chunks.Select(c => c.TryGetProperty(name, out var value) ? value.GetRawText() : "").Distinct().Count() == 1, $"{name} differs", faults);
        return faults;
    }

    private static void Head(JsonElement answer, string type, List<string> faults)
    {
        Check(Text(answer, "id") is { Length: > 0 } && Text(answer, "model") is { Length: > 0 }, "id or model", faults);
        Check(Text(answer, "object") == type, "object", faults);
        Check(answer.TryGetProperty("created", out var created) && created.TryGetInt64(out _), "created", faults);
        Nullable(answer, "system_fingerprint", JsonValueKind.String, isRequired: false, faults);
        Nullable(answer, "service_tier", JsonValueKind.String, isRequired: false, faults);
    }

    private static void Delta(JsonElement choice, List<string> faults)
    {
        Is(choice, "index", JsonValueKind.Number, faults);
        Is(choice, "delta", JsonValueKind.Object, faults);
        Reason(choice, isRequired: false, faults);
        Logprobs(choice, isRequired: false, faults);
        var delta = choice.GetProperty("delta");
        Nullable(delta, "content", JsonValueKind.String, isRequired: false, faults);
        Nullable(delta, "refusal", JsonValueKind.String, isRequired: false, faults);
        Check(!delta.TryGetProperty("role", out var role) || role.ValueEquals("assistant"), "delta.role", faults);
        Calls(delta, isChunk: true, faults);
    }

    private static void Reason(JsonElement choice, bool isRequired, List<string> faults) => Check(
        choice.TryGetProperty("finish_reason", out var reason)
            && (reason.ValueKind == JsonValueKind.Null ? !isRequired : Reasons.Contains(reason.GetString())), "finish_reason", faults);

    private static void Logprobs(JsonElement choice, bool isRequired, List<string> faults)
    {
        Nullable(choice, "logprobs", JsonValueKind.Object, isRequired, faults);
        if (!choice.TryGetProperty("logprobs", out var logprobs) || logprobs.ValueKind != JsonValueKind.Object)
            return;
        foreach (var token in Items(logprobs, "content", faults))
        {
            Is(token, "token", JsonValueKind.String, faults);
            Is(token, "logprob", JsonValueKind.Number, faults);
        }
    }

    private static void Calls(JsonElement message, bool isChunk, List<string> faults)
    {
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("tool_calls", out _))
            return;
        foreach (var call in Items(message, "tool_calls", faults))
        {
            Check(call.TryGetProperty("index", out var index) == isChunk && (!isChunk || index.TryGetInt32(out _)), "tool_calls.index", faults);
            if (isChunk)
                continue;
            Check(Text(call, "id") is { Length: > 0 } && Text(call, "type") == "function", "tool_calls.id or type", faults);
            var function = call.TryGetProperty("function", out var said) ? said : default;
            Check(Text(function, "name") is { Length: > 0 } && Text(function, "arguments") is not null, "tool_calls.function", faults);
        }
    }

    private static void Usage(JsonElement answer, bool isRequired, List<string> faults)
    {
        Nullable(answer, "usage", JsonValueKind.Object, isRequired, faults);
        if (!answer.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
            return;
        var counts = new[] { "prompt_tokens", "completion_tokens", "total_tokens" }
            .Select(n => usage.TryGetProperty(n, out var count) && count.TryGetInt32(out var number) ? number : -1).ToList();
        Check(counts.TrueForAll(c => c >= 0) && counts[0] + counts[1] == counts[2], "usage", faults);
        foreach (var name in (string[])["prompt_tokens_details", "completion_tokens_details"])
        {
            if (!usage.TryGetProperty(name, out var details))
                continue;
            Check(details.ValueKind == JsonValueKind.Object
                && details.EnumerateObject().All(d => d.Value.ValueKind == JsonValueKind.Number && d.Value.TryGetInt32(out _)), name, faults);
        }
    }

    private static string? Text(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static List<JsonElement> Items(JsonElement from, string name, List<string> faults)
    {
        var isArray = from.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array;
        Check(isArray, name, faults);
        return isArray ? [.. list.EnumerateArray()] : [];
    }

    private static void Is(JsonElement from, string name, JsonValueKind kind, List<string> faults) =>
        Check(from.TryGetProperty(name, out var value) && value.ValueKind == kind, name, faults);

    private static void Nullable(JsonElement from, string name, JsonValueKind kind, bool isRequired, List<string> faults) => Check(
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value)
            ? value.ValueKind == kind || value.ValueKind == JsonValueKind.Null
            : !isRequired, name, faults);

    private static void Check(bool holds, string what, List<string> faults)
    {
        if (!holds)
            faults.Add(what);
    }
}
