using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Collects a message into one JSON document. None of it is sent before it is whole.</summary>
internal sealed class MessagesDocumentWriter(ClientResponse client, ResponseState state, MessageObject message) : IResponseWriter
{
    private readonly ArrayBufferWriter<byte> _text = new(512);
    private JsonElement _rest;
    private string? _replica;

    /// <inheritdoc/>
    public bool IsCommitted { get; private set; }

    /// <inheritdoc/>
    public void ServedBy(string replica) => _replica = replica;

    /// <inheritdoc/>
    public ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation)
    {
        _text.Write(text.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation)
    {
        if (choice.TryGetProperty("message"u8, out var told))
            _rest = told;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        IsCommitted = true;
        var blocks = new ContentBlocks(message.Stem);
        foreach (var part in AnswerPart.OfMessage(_rest, _text.WrittenMemory))
            blocks.All[blocks.Of(part)].Add(part.Text.Span);
        var output = new ArrayBufferWriter<byte>(1024);
        message.Write(output, reason, blocks);
        if (_replica is { } replica)
            client.ServedBy(replica, state.ServedModel);
        return client.DocumentAsync(output.WrittenMemory, cancellation);
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        _text.ResetWrittenCount();
        _rest = default;
    }
}
