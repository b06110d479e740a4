using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Writes the response as a JSON object, at its beginning and at its end.</summary>
/// <param name="model">The model that the client asked for.</param>
/// <param name="state">What is known of the answer.</param>
/// <param name="call">The request, some of whose fields it repeats.</param>
/// <param name="details">Writes what happened to the request.</param>
internal sealed class ResponseObject(string model, ResponseState state, ResponsesCall call, FailoverDetails details)
{
    /// <summary>The fields of the request that it repeats, and what stands there where the request has none.</summary>
    private static readonly (string Name, string Default)[] Repeated =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"),
        ("reasoning", "{\"effort\":null,\"summary\":null}"), ("temperature", "1"), ("text", "{\"format\":{\"type\":\"text\"}}"),
        ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "1"), ("user", "null"),
    ];

    /// <summary>The names of the fields of the request that it repeats.</summary>
    public static IEnumerable<string> Echoed => Repeated.Select(r => r.Name);

    private string? _finish;
    private ApiError? _error;

    /// <summary>The part of the answer's id that its items' ids share.</summary>
    public string Stem { get; } = StemOf(state.Id);

    /// <summary>The part of an answer's id that its items' ids share.</summary>
    public static string StemOf(string id) => id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..];

    /// <summary>Writes it as it is when it begins.</summary>
    public void WriteBegun(IBufferWriter<byte> output) => Write(output, "in_progress", [], call.Keep is not null);

    /// <summary>Writes it as it is before a place in the fleet is free for it.</summary>
    public void WriteQueued(IBufferWriter<byte> output) => Write(output, "queued", [], call.Keep is not null);

    /// <summary>The response as it is at its end. It is kept if it is to be, which its field <c>store</c> says.</summary>
    /// <param name="finish">Why it ended, as chat says it.</param>
    /// <param name="items">Its output.</param>
    public async ValueTask<ReadOnlyMemory<byte>> EndAsync(string finish, IReadOnlyList<OutputItem> items)
    {
        _finish = finish;
        return await KeptAsync(Status(finish), items);
    }

    /// <summary>The response as it is when it failed. It is not kept.</summary>
    public ReadOnlyMemory<byte> Fail(ApiError error, IReadOnlyList<OutputItem> items)
    {
        _error = error;
        var output = new ArrayBufferWriter<byte>(2048);
        Write(output, "failed", items, call.Keep is not null);
        return output.WrittenMemory;
    }

    /// <summary>The response as it is when its client did not want it any more.</summary>
    public ValueTask<ReadOnlyMemory<byte>> CancelAsync(IReadOnlyList<OutputItem> items) => KeptAsync("cancelled", items);

    /// <summary>The status for a chat's finish reason.</summary>
    public static string Status(string finish) => finish is "length" or "content_filter" ? "incomplete" : "completed";

    private async ValueTask<ReadOnlyMemory<byte>> KeptAsync(string status, IReadOnlyList<OutputItem> items)
    {
        var output = new ArrayBufferWriter<byte>(2048);
        Write(output, status, items, call.Keep is not null);
        if (call.Keep is not { } keep || await keep(state.Id, new RawJson(output.WrittenMemory)))
            return output.WrittenMemory;
        output.ResetWrittenCount();
        Write(output, status, items, isKept: false);
        return output.WrittenMemory;
    }

    private void Write(IBufferWriter<byte> output, string status, IReadOnlyList<OutputItem> items, bool isKept)
    {
        var isOver = status is not ("queued" or "in_progress");
        var created = state.Created.ToUnixTimeSeconds();
        Utf8Text.Write(output, $"{{\"id\":\"{state.Id}\",\"object\":\"response\",\"created_at\":{created},\"status\":\"{status}\"");
        Utf8Text.Write(output, $",\"background\":{(call.InBackground ? "true" : "false")},\"model\":\"{JsonEncodedText.Encode(model)}\"");
        if (_error is { } error)
            Utf8Text.Write(output, $",\"error\":{{\"code\":\"{error.Code}\",\"message\":\"{JsonEncodedText.Encode(error.Message)}\"}}");
        else
            output.Write(",\"error\":null"u8);
        output.Write(",\"incomplete_details\":"u8);
        output.Write(_finish switch
        {
            "length" => "{\"reason\":\"max_output_tokens\"}"u8,
            "content_filter" => "{\"reason\":\"content_filter\"}"u8,
            _ => "null"u8,
        });
        Utf8Text.Write(output, $",\"previous_response_id\":{(call.Previous is { } id ? $"\"{JsonEncodedText.Encode(id)}\"" : "null")}");
        output.Write(isKept ? ",\"store\":true,\"truncation\":\"disabled\""u8 : ",\"store\":false,\"truncation\":\"disabled\""u8);
        foreach (var (name, value) in Repeated)
        {
            Utf8Text.Write(output, $",\"{name}\":");
            if (call.Echo(name) is { } told)
                output.Write(told);
            else
                Utf8Text.Write(output, $"{value}");
        }
        Items(output, status, items);
        output.Write(",\"usage\":"u8);
        if (isOver)
            WriteUsage(output);
        else
            output.Write("null"u8);
        if (isOver)
            details.WriteField(output);
        output.Write("}"u8);
    }

    private static void Items(IBufferWriter<byte> output, string status, IReadOnlyList<OutputItem> items)
    {
        output.Write(",\"output\":["u8);
        for (var i = 0; i < items.Count; i++)
        {
            output.Write(i > 0 ? ","u8 : []);
            // What was cut is the last one.
            items[i].Write(output, i == items.Count - 1 && status != "completed" ? "incomplete" : "completed");
        }
        output.Write("]"u8);
    }

    private void WriteUsage(IBufferWriter<byte> output)
    {
        var (cached, reasoning) = (Usage.Detail(state, "prompt_tokens_details", "cached_tokens"),
            Usage.Detail(state, "completion_tokens_details", "reasoning_tokens"));
        Utf8Text.Write(output, $"{{\"input_tokens\":{state.PromptTokens},\"input_tokens_details\":{{\"cached_tokens\":{cached}}}");
        Utf8Text.Write(output, $",\"output_tokens\":{state.Tokens},\"output_tokens_details\":{{\"reasoning_tokens\":{reasoning}}}");
        Utf8Text.Write(output, $",\"total_tokens\":{(long)state.PromptTokens + state.Tokens}}}");
    }
}
