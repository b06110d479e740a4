using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>
/// Writes a message as Anthropic's event stream. It is committed with the first part; before that an attempt can be replaced. A block
/// that ended can't be added to there, while an engine may tell the arguments of several calls in turn: a call whose arguments are not
/// whole stays open, and what belongs to other blocks is held back until they are, or until the answer ends.
/// </summary>
internal sealed class MessagesStreamWriter(ClientResponse client, ResponseState state, MessageObject message) : IResponseWriter
{
    private readonly ContentBlocks _blocks = new(message.Stem);

    /// <summary>Position of the block that is open; -1 before the first.</summary>
    private int _open = -1;

    private bool _hasNews;

    /// <inheritdoc/>
    public bool IsCommitted { get; private set; }

    /// <inheritdoc/>
    public void ServedBy(string replica)
    {
        if (!IsCommitted)
            client.ServedBy(replica, state.ServedModel);
    }

    /// <inheritdoc/>
    public ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation)
    {
        lock (client.Lock)
        {
            Part(Begin(), new AnswerPart(AnswerPartKind.Text, text));
            return more ? default : SendAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation)
    {
        var parts = AnswerPart.OfDelta(choice).ToList();
        if (parts.Count == 0)
            return default; // it only announces more
        lock (client.Lock)
        {
            foreach (var part in parts)
                Part(Begin(), part);
            return SendAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        lock (client.Lock)
        {
            var output = Begin();
            while (_open < _blocks.All.Count - 1)
                Next(output);
            if (_open >= 0)
                EndBlock(output);
            MessageEvents.Begin(output, "message_delta");
            message.WriteEnd(output, reason, _blocks);
            MessageEvents.End(output);
            MessageEvents.Begin(output, "message_stop");
            MessageEvents.End(output);
            return client.FlushAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        // Nothing is held back before the first part: once one was written, the answer is committed and is never started over.
    }

    private PipeWriter Begin()
    {
        var output = client.Begin();
        if (IsCommitted)
            return output;
        IsCommitted = _hasNews = true;
        MessageEvents.Begin(output, "message_start");
        output.Write(",\"message\":"u8);
        message.WriteBegun(output);
        MessageEvents.End(output);
        return output;
    }

    /// <summary>Sends what was written. Nothing is sent when all is held back: then comments go on to keep the connection in use.</summary>
    private ValueTask SendAsync(CancellationToken cancellation)
    {
        if (!_hasNews)
            return default;
        _hasNews = false;
        return client.FlushAsync(cancellation);
    }

    private void Part(PipeWriter output, in AnswerPart part)
    {
        var known = _blocks.All.Count;
        var at = _blocks.Of(part);
        var block = _blocks.All[at];
        if (at < _open)
            return; // the call's arguments were whole before: what follows them is none of it
        if (at > _open || block.Kind == AnswerPartKind.Call)
            block.Add(part.Text.Span); // held back, or to tell when they are whole
        if (at == _open)
            Delta(output, block, part.Text.Span);
        var mayEnd = known < _blocks.All.Count || (at == _open && part.Text.Span.EndsWith("}"u8)); // else nothing new can be begun
        while (mayEnd && _open < _blocks.All.Count - 1 && (_open < 0 || _blocks.All[_open].MayEnd))
            Next(output);
    }

    /// <summary>Ends the open block and begins the next one, with what was held back of it.</summary>
    private void Next(PipeWriter output)
    {
        if (_open >= 0)
            EndBlock(output);
        var block = _blocks.All[++_open];
        MessageEvents.Begin(output, "content_block_start");
        Utf8Text.Write(output, $",\"index\":{_open},\"content_block\":");
        block.Write(output, isWhole: false);
        MessageEvents.End(output);
        _hasNews = true;
        Delta(output, block, block.Text);
    }

    private void Delta(PipeWriter output, ContentBlock block, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        block.WriteDelta(output, _open, text);
        _hasNews = true;
    }

    private void EndBlock(PipeWriter output)
    {
        MessageEvents.Begin(output, "content_block_stop");
        Utf8Text.Write(output, $",\"index\":{_open}");
        MessageEvents.End(output);
        _hasNews = true;
    }
}
