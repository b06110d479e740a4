using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>
/// Writes an answer as OpenAI's event stream. It is committed with the first text; before that an attempt can be replaced.
/// </summary>
internal sealed class SseResponseWriter : IResponseWriter
{
    private readonly ClientResponse _client;
    private readonly GenerationRequest _request;
    private readonly ResponseState _state;
    private readonly FailoverDetails _details;
    private readonly bool[] _roleSent;
    private byte[] _head = [];
    private byte[][] _contentHeads = [];

    public SseResponseWriter(ClientResponse client, GenerationRequest request, ResponseState state, FailoverDetails details)
    {
        (_client, _request, _state, _details) = (client, request, state, details);
        _roleSent = new bool[request.Choices];
    }

    /// <inheritdoc/>
    public bool IsCommitted { get; private set; }

    /// <inheritdoc/>
    public void ServedBy(string replica)
    {
        if (!IsCommitted)
            _client.ServedBy(replica, _state.ServedModel);
    }

    /// <inheritdoc/>
    public ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation)
    {
        lock (_client.Lock)
        {
            var output = Begin(index);
            var head = _contentHeads[index];
            var chunk = output.GetSpan(head.Length + text.Length + ContentEnd.Length);
            head.CopyTo(chunk);
            text.Span.CopyTo(chunk[head.Length..]);
            ContentEnd.CopyTo(chunk[(head.Length + text.Length)..]);
            output.Advance(head.Length + text.Length + ContentEnd.Length);
            return more ? default : _client.FlushAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation)
    {
        var fields = JsonMarshal.GetRawUtf8Value(choice).Trim(" \t\r\n"u8)[1..^1];
        if (fields.IndexOf((byte)'"') < 0)
            return ValueTask.CompletedTask; // it only announces more
        lock (_client.Lock)
        {
            var output = Begin(index);
            output.Write(_head);
            Write(output, string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},"));
            output.Write(fields);
            output.Write(",\"finish_reason\":null}]}\n\n"u8);
            return _client.FlushAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        lock (_client.Lock)
        {
            var output = Begin(index);
            output.Write(_head);
            Write(output, $"{{\"index\":{index},\"delta\":{{}},\"finish_reason\":\"{JsonEncodedText.Encode(reason)}\"");
            _state.Extras.WriteStopReason(output, index);
            output.Write("}]"u8);
            if (last && !_request.IncludeUsage)
                _details.WriteField(output);
            output.Write("}\n\n"u8);
            if (last)
                End(output);
            return _client.FlushAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        // Nothing is held back: once text was written, the answer is committed and is never started over.
    }

    /// <summary>Makes what all chunks begin with. It has what the engine says of itself, which is known with the first text.</summary>
    private void MakeHeads()
    {
        var head = new ArrayBufferWriter<byte>(256);
        Write(head, string.Create(CultureInfo.InvariantCulture,
            $"data: {{\"id\":\"{_state.Id}\",\"object\":\"chat.completion.chunk\",\"created\":{_state.Created.ToUnixTimeSeconds()},"
            + $"\"model\":\"{JsonEncodedText.Encode(_request.Model)}\""));
        _state.Extras.WriteLabels(head);
        Write(head, ",\"choices\":[");
        _head = head.WrittenSpan.ToArray();
        _contentHeads = [.. Enumerable.Range(0, _request.Choices).Select(ContentHead)];
    }

    /// <summary>What stands before the text of every token of a choice.</summary>
    private byte[] ContentHead(int index) =>
    [
        .. _head,
        .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"delta\":{{\"content\":\"")),
    ];

    private static ReadOnlySpan<byte> ContentEnd => "\"},\"finish_reason\":null}]}\n\n"u8;

    private PipeWriter Begin(int index)
    {
        var output = _client.Begin();
        var isFirst = !IsCommitted;
        if (isFirst)
            MakeHeads();
        IsCommitted = true;
        if (!_roleSent[index])
        {
            _roleSent[index] = true;
            output.Write(_head);
            Write(output, $"{{\"index\":{index},\"delta\":{{\"role\":\"assistant\",\"content\":\"\"}},\"finish_reason\":null}}]");
            if (isFirst)
                _state.Extras.WritePromptIds(output);
            output.Write("}\n\n"u8);
        }
        return output;
    }

    private void End(PipeWriter output)
    {
        if (_request.IncludeUsage)
        {
            output.Write(_head);
            output.Write("],\"usage\":"u8);
            Usage.Write(output, _state);
            _details.WriteField(output);
            output.Write("}\n\n"u8);
        }
        output.Write("data: [DONE]\n\n"u8);
    }

    private static void Write(IBufferWriter<byte> output, string ascii) => Encoding.ASCII.GetBytes(ascii, output);
}
