using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Collects an answer into one JSON document, for clients that don't stream. None of it is sent before it is whole.</summary>
internal sealed class JsonResponseWriter(ClientResponse client, GenerationRequest request, ResponseState state, FailoverDetails details,
    bool processShape) : IResponseWriter
{
    private readonly ArrayBufferWriter<byte>[] _texts =
        [.. Enumerable.Range(0, request.Choices).Select(_ => new ArrayBufferWriter<byte>(512))];

    private readonly JsonElement?[] _pieces = new JsonElement?[request.Choices];
    private readonly string[] _reasons = new string[request.Choices];
    private string? _replica;

    /// <inheritdoc/>
    public bool IsCommitted { get; private set; }

    /// <inheritdoc/>
    public void ServedBy(string replica) => _replica = replica;

    /// <inheritdoc/>
    public ValueTask TextAsync(int index, ReadOnlyMemory<byte> text, bool more, CancellationToken cancellation)
    {
        _texts[index].Write(text.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PieceAsync(int index, JsonElement choice, CancellationToken cancellation)
    {
        _pieces[index] = choice; // an earlier one only announced it
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        _reasons[index] = reason;
        return last ? SendAsync(cancellation) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        foreach (var text in _texts)
            text.ResetWrittenCount();
        Array.Clear(_pieces);
    }

    private ValueTask SendAsync(CancellationToken cancellation)
    {
        IsCommitted = true;
        var output = new ArrayBufferWriter<byte>(1024);
        var model = JsonEncodedText.Encode(request.Model);
        if (processShape)
            Process(output, model);
        else
            Completion(output, model);
        output.Write(",\"usage\":"u8);
        Usage.Write(output, state);
        details.WriteField(output);
        output.Write("}"u8);
        if (_replica is { } replica)
            client.ServedBy(replica, state.ServedModel);
        return client.DocumentAsync(output.WrittenMemory, cancellation);
    }

    private void Completion(IBufferWriter<byte> output, JsonEncodedText model)
    {
        Write(output, string.Create(CultureInfo.InvariantCulture,
            $"{{\"id\":\"{state.Id}\",\"object\":\"chat.completion\",\"created\":{state.Created.ToUnixTimeSeconds()},"
            + $"\"model\":\"{model}\""));
        state.Extras.WriteLabels(output);
        output.Write(",\"choices\":["u8);
        for (var i = 0; i < _texts.Length; i++)
        {
            Write(output, $"{(i > 0 ? "," : "")}{{\"index\":{i},\"message\":{{\"role\":\"assistant\",\"content\":");
            Content(output, i);
            Write(output, $",\"finish_reason\":\"{JsonEncodedText.Encode(_reasons[i])}\"");
            state.Extras.WriteStopReason(output, i);
            output.Write("}"u8);
        }
        output.Write("]"u8);
        state.Extras.WritePromptIds(output);
    }

    /// <summary>Writes the text of a choice, then the other fields of the message and of the choice.</summary>
    private void Content(IBufferWriter<byte> output, int index)
    {
        var piece = _pieces[index] ?? default;
        if (piece.ValueKind == JsonValueKind.Object && _texts[index].WrittenCount == 0)
        {
            output.Write("null"u8);
        }
        else
        {
            output.Write("\""u8);
            output.Write(_texts[index].WrittenSpan);
            output.Write("\""u8);
        }
        var message = piece.ValueKind == JsonValueKind.Object && piece.TryGetProperty("message"u8, out var told) ? told : default;
        var isMessage = message.ValueKind == JsonValueKind.Object;
        Fields(output, isMessage ? message : default);
        if (!isMessage || !message.TryGetProperty("refusal"u8, out _))
            output.Write(",\"refusal\":null"u8); // required by the API's schema
        output.Write("}"u8);
        Fields(output, piece);
        if (piece.ValueKind != JsonValueKind.Object || !piece.TryGetProperty("logprobs"u8, out _))
            output.Write(",\"logprobs\":null"u8);
    }

    /// <summary>Writes the fields of an object, except those that are written already.</summary>
    private static void Fields(IBufferWriter<byte> output, JsonElement from)
    {
        if (from.ValueKind != JsonValueKind.Object)
            return;
        foreach (var field in from.EnumerateObject().Where(f => f.Name is not ("message" or "role" or "content")))
        {
            Write(output, $",\"{JsonEncodedText.Encode(field.Name)}\":");
            output.Write(JsonMarshal.GetRawUtf8Value(field.Value));
        }
    }

    private void Process(IBufferWriter<byte> output, JsonEncodedText model)
    {
        Write(output, $"{{\"id\":\"{state.Id}\",\"model\":\"{model}\",\"result\":\"");
        output.Write(_texts[0].WrittenSpan);
        Write(output, $"\",\"finish_reason\":\"{JsonEncodedText.Encode(_reasons[0])}\"");
    }

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
