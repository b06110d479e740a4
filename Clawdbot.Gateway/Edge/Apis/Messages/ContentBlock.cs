using System.Buffers;
using System.Globalization;
using System.Text;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>One block of an answer: text, thoughts, or a call of a function.</summary>
/// <param name="kind">Which of these. Words by which the model refuses are text.</param>
internal sealed class ContentBlock(AnswerPartKind kind)
{
    private readonly ArrayBufferWriter<byte> _text = new(256);
    private byte[]? _deltaHead;

    /// <summary>What it is.</summary>
    public AnswerPartKind Kind => kind;

    /// <summary>Number of the call in the answer.</summary>
    public int Call { get; init; }

    /// <summary>Id of the call, the inside of a JSON string.</summary>
    public ReadOnlyMemory<byte> CallId { get; init; }

    /// <summary>Name of the function, the inside of a JSON string.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>What was added: text, or the arguments of a call, as the inside of a JSON string.</summary>
    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    /// <summary>Whether another block may follow: no more arguments of a call can come when they are whole.</summary>
    public bool MayEnd => kind != AnswerPartKind.Call || ToolInput.IsObject(Text);

    /// <summary>Adds text, the inside of a JSON string.</summary>
    public void Add(ReadOnlySpan<byte> text) => _text.Write(text);

    /// <summary>Writes the block as a JSON object, with its text or, as a stream begins it, without.</summary>
    public void Write(IBufferWriter<byte> output, bool isWhole)
    {
        var text = isWhole ? Text : [];
        switch (kind)
        {
            case AnswerPartKind.Call:
                output.Write("{\"type\":\"tool_use\",\"id\":\""u8);
                output.Write(CallId.Span);
                output.Write("\",\"name\":\""u8);
                output.Write(Name.Span);
                output.Write("\",\"input\":"u8);
                ToolInput.Write(output, text);
                output.Write("}"u8);
                break;
            case AnswerPartKind.Reasoning:
                output.Write("{\"type\":\"thinking\",\"thinking\":\""u8);
                output.Write(text);
                output.Write("\",\"signature\":\"\"}"u8); // Anthropic signs thoughts; nothing here checks them when they come back
                break;
            default:
                output.Write("{\"type\":\"text\",\"text\":\""u8);
                output.Write(text);
                output.Write("\"}"u8);
                break;
        }
    }

    /// <summary>Writes the event that adds text to it.</summary>
    /// <param name="output">Receives the event.</param>
    /// <param name="index">Its position in the answer.</param>
    /// <param name="text">The text, the inside of a JSON string.</param>
    public void WriteDelta(IBufferWriter<byte> output, int index, ReadOnlySpan<byte> text)
    {
        _deltaHead ??= DeltaHead(index);
        output.Write(_deltaHead);
        output.Write(text);
        output.Write("\"}}\n\n"u8);
    }

    /// <summary>What all events have that add text to it; made once, because there is one for each token.</summary>
    private byte[] DeltaHead(int index)
    {
        var (type, field) = kind switch
        {
            AnswerPartKind.Call => ("input_json_delta", "partial_json"),
            AnswerPartKind.Reasoning => ("thinking_delta", "thinking"),
            _ => ("text_delta", "text"),
        };
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: content_block_delta\n"
            + $"data: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{type}\",\"{field}\":\""));
    }
}
