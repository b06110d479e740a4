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

    /// <summary>The part of the answer's id that its items' ids share.</summary>
    public string Stem { get; } = state.Id[(state.Id.IndexOf('_', StringComparison.Ordinal) + 1)..];

    /// <summary>Writes it as it is when it begins.</summary>
    public void WriteBegun(IBufferWriter<byte> output) => Write(output, null, [], call.Keep is not null);

    /// <summary>The response as it is at its end. It is kept if it is to be, which its field <c>store</c> says.</summary>
    /// <param name="finish">Why it ended, as chat says it.</param>
    /// <param name="items">Its output.</param>
    public async ValueTask<ReadOnlyMemory<byte>> EndAsync(string finish, IReadOnlyList<OutputItem> items)
    {
        var output = new ArrayBufferWriter<byte>(2048);
        Write(output, finish, items, call.Keep is not null);
        if (call.Keep is not { } keep || await keep(state.Id, new RawJson(output.WrittenMemory)))
            return output.WrittenMemory;
        output.ResetWrittenCount();
        Write(output, finish, items, isKept: false);
        return output.WrittenMemory;
    }

    /// <summary>The status for a chat's finish reason.</summary>
    public static string Status(string finish) => finish is "length" or "content_filter" ? "incomplete" : "completed";

    private void Write(IBufferWriter<byte> output, string? finish, IReadOnlyList<OutputItem> items, bool isKept)
    {
        var status = finish is null ? "in_progress" : Status(finish);
        var created = state.Created.ToUnixTimeSeconds();
        Utf8Text.Write(output, $"{{\"id\":\"{state.Id}\",\"object\":\"response\",\"created_at\":{created},\"status\":\"{status}\"");
        Utf8Text.Write(output, $",\"background\":false,\"error\":null,\"model\":\"{JsonEncodedText.Encode(model)}\"");
        output.Write(",\"incomplete_details\":"u8);
        output.Write(finish switch
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
        if (finish is null)
            output.Write("null"u8);
        else
            WriteUsage(output);
        if (finish is not null)
            details.WriteField(output);
        output.Write("}"u8);
    }

    private static void Items(IBufferWriter<byte> output, string status, IReadOnlyList<OutputItem> items)
    {
        output.Write(",\"output\":["u8);
        for (var i = 0; i < items.Count; i++)
        {
            output.Write(i > 0 ? ","u8 : []);
            items[i].Write(output, i == items.Count - 1 ? status : "completed"); // what was cut is the last one
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
