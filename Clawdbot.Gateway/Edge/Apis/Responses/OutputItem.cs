using System.Buffers;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>One item of a response's output: a message, thoughts, or a call of a function.</summary>
/// <param name="kind">Which of these.</param>
/// <param name="id">Its id.</param>
internal sealed class OutputItem(AnswerPartKind kind, string id)
{
    private readonly ArrayBufferWriter<byte> _text = new(256);

    /// <summary>What it is.</summary>
    public AnswerPartKind Kind => kind;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>The id by which the output of the function is told, as the inside of a JSON string.</summary>
    public ReadOnlyMemory<byte> CallId { get; init; }

    /// <summary>The function's name, as the inside of a JSON string.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>Its text, or the function's arguments, as the inside of a JSON string.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    /// <summary>Adds text, the inside of a JSON string.</summary>
    public void Add(ReadOnlySpan<byte> text) => _text.Write(text);

    /// <summary>Writes the item as a JSON object.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="status"><c>in_progress</c>, <c>completed</c> or <c>incomplete</c>; in progress it has no text yet.</param>
    public void Write(IBufferWriter<byte> output, string status)
    {
        switch (kind)
        {
            case AnswerPartKind.Call:
                Utf8Text.Write(output, $"{{\"id\":\"{id}\",\"type\":\"function_call\",\"status\":\"{status}\",\"call_id\":\"");
                output.Write(CallId.Span);
                output.Write("\",\"name\":\""u8);
                output.Write(Name.Span);
                output.Write("\",\"arguments\":\""u8);
                output.Write(status == "in_progress" ? [] : Text);
                output.Write("\"}"u8);
                break;
            case AnswerPartKind.Reasoning:
                Utf8Text.Write(output, $"{{\"id\":\"{id}\",\"type\":\"reasoning\",\"status\":\"{status}\",\"summary\":[],\"content\":[");
                Part(output, status);
                break;
            default:
                Utf8Text.Write(output, $"{{\"id\":\"{id}\",\"type\":\"message\",\"status\":\"{status}\"");
                output.Write(",\"role\":\"assistant\",\"content\":["u8);
                Part(output, status);
                break;
        }
    }

    /// <summary>Writes the one part of its content, with its text or without.</summary>
    public void WritePart(IBufferWriter<byte> output, bool withText)
    {
        output.Write(kind switch
        {
            AnswerPartKind.Reasoning => "{\"type\":\"reasoning_text\",\"text\":\""u8,
            AnswerPartKind.Refusal => "{\"type\":\"refusal\",\"refusal\":\""u8,
            _ => "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\""u8,
        });
        output.Write(withText ? Text : []);
        output.Write("\"}"u8);
    }

    private void Part(IBufferWriter<byte> output, string status)
    {
        if (status != "in_progress")
            WritePart(output, withText: true);
        output.Write("]}"u8);
    }
}
