using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Writes the message that is the answer: as a whole, or its beginning and its end in a stream.</summary>
/// <param name="model">The model that the client asked for.</param>
/// <param name="state">What is known of the answer.</param>
/// <param name="stops">The strings at which the client wants it to end.</param>
/// <param name="details">Writes what happened to the request.</param>
internal sealed class MessageObject(string model, ResponseState state, IReadOnlyList<string> stops, FailoverDetails details)
{
    /// <summary>The part of the answer's id that ids in it share.</summary>
    public string Stem { get; } = state.Id[(state.Id.IndexOf('_', StringComparison.Ordinal) + 1)..];

    /// <summary>Writes it as it is when it begins. Its usage is what is known then; that at the end counts.</summary>
    public void WriteBegun(IBufferWriter<byte> output)
    {
        WriteHead(output);
        output.Write(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null"u8);
        WriteUsage(output, output: 0);
        output.Write("}"u8);
    }

    /// <summary>Writes the whole of it.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="finish">Why it ended, as chat says it.</param>
    /// <param name="blocks">Its content.</param>
    public void Write(IBufferWriter<byte> output, string finish, ContentBlocks blocks)
    {
        WriteHead(output);
        output.Write(",\"content\":["u8);
        for (var i = 0; i < blocks.All.Count; i++)
        {
            output.Write(i > 0 ? ","u8 : []);
            blocks.All[i].Write(output, isWhole: true);
        }
        output.Write("],"u8);
        WriteStop(output, finish, blocks);
        WriteUsage(output, state.Tokens);
        details.WriteField(output);
        output.Write("}"u8);
    }

    /// <summary>Writes what a stream says of its end, as fields that each begin with a comma.</summary>
    /// <param name="output">Receives them.</param>
    /// <param name="finish">Why it ended, as chat says it.</param>
    /// <param name="blocks">Its content.</param>
    public void WriteEnd(IBufferWriter<byte> output, string finish, ContentBlocks blocks)
    {
        output.Write(",\"delta\":{"u8);
        WriteStop(output, finish, blocks);
        output.Write("}"u8);
        WriteUsage(output, state.Tokens);
        details.WriteField(output);
    }

    private void WriteHead(IBufferWriter<byte> output) => Utf8Text.Write(output,
        $"{{\"id\":\"{state.Id}\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"{JsonEncodedText.Encode(model)}\"");

    /// <summary>
    /// Writes why it ended. Some engines say <c>stop</c> though the model calls functions, and clients call none of them then: what the
    /// answer holds decides.
    /// </summary>
    private void WriteStop(IBufferWriter<byte> output, string finish, ContentBlocks blocks)
    {
        var stop = finish == "stop" && !blocks.HasCalls && !blocks.HasRefusal ? StopString() : null;
        var reason = finish switch
        {
            "length" => "max_tokens",
            "content_filter" => "refusal",
            _ when blocks.HasCalls => "tool_use",
            _ when blocks.HasRefusal => "refusal",
            _ => stop is null ? "end_turn" : "stop_sequence",
        };
        Utf8Text.Write(output, $"\"stop_reason\":\"{reason}\",\"stop_sequence\":");
        if (stop is null)
            output.Write("null"u8);
        else
            Utf8Text.Write(output, $"\"{JsonEncodedText.Encode(stop)}\"");
    }

    /// <summary>The one of the client's strings that ended the answer; null when none did, or the engine does not say.</summary>
    private string? StopString() =>
        state.Extras.StopReason(0) is { ValueKind: JsonValueKind.String } said && said.GetString() is { } text && stops.Contains(text)
            ? text
            : null;

    /// <summary>
    /// Writes the usage. Anthropic counts the tokens of the prompt that were cached beside the others, so that the sum is the prompt;
    /// chat counts them among the others.
    /// </summary>
    private void WriteUsage(IBufferWriter<byte> into, int output)
    {
        var cached = Math.Min(Usage.Detail(state, "prompt_tokens_details", "cached_tokens"), state.PromptTokens);
        Utf8Text.Write(into, $",\"usage\":{{\"input_tokens\":{state.PromptTokens - cached},\"cache_creation_input_tokens\":0");
        Utf8Text.Write(into, $",\"cache_read_input_tokens\":{cached},\"output_tokens\":{output}}}");
    }
}
