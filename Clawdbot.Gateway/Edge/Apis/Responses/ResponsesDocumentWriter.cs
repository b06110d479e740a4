using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Collects a response into one JSON document. None of it is sent before it is whole.</summary>
internal sealed class ResponsesDocumentWriter(ClientResponse client, ResponseState state, ResponseObject response) : IResponseWriter
{
    private readonly ArrayBufferWriter<byte> _text = new(512);
    private JsonElement _message;
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
        if (choice.TryGetProperty("message"u8, out var message))
            _message = message;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        IsCommitted = true;
        var items = new OutputItems(response.Stem);
        foreach (var part in AnswerPart.OfMessage(_message, _text.WrittenMemory))
            items.Add(part);
        var document = await response.EndAsync(reason, items.All);
        if (_replica is { } replica)
            client.ServedBy(replica, state.ServedModel);
        await client.DocumentAsync(document, cancellation);
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        _text.ResetWrittenCount();
        _message = default;
    }
}
