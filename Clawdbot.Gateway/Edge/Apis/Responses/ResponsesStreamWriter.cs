using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Writes a response as its event stream. It is committed with the first part; before that an attempt can be replaced.</summary>
internal sealed class ResponsesStreamWriter(ClientResponse client, ResponseState state, ResponseObject response, ResponsesCall call)
    : IResponseWriter
{
    private static readonly string[] InProgress = ["response.in_progress"];
    private static readonly string[] Created = ["response.created", "response.in_progress"];

    private readonly OutputItems _items = call.Begun ?? new OutputItems(response.Stem);

    /// <inheritdoc/>
    public bool IsCommitted { get; private set; } = call.Begun is not null;

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
            return more ? default : client.FlushAsync(cancellation);
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
            return client.FlushAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask FinishAsync(int index, string reason, bool last, CancellationToken cancellation)
    {
        var status = ResponseObject.Status(reason);
        lock (client.Lock)
        {
            var output = Begin();
            if (_items.Last is { } open)
                EndItem(output, open, status);
        }
        var document = await response.EndAsync(reason, _items.All); // kept before the client knows that it can go on from it
        ValueTask sent;
        lock (client.Lock)
        {
            var output = client.Begin();
            call.WriteEnd(output, status, document.Span);
            sent = client.FlushAsync(cancellation);
        }
        await sent;
    }

    /// <inheritdoc/>
    public void StartOver()
    {
        // Nothing is held back: once a part was written, the answer is committed and is never started over.
    }

    private PipeWriter Begin()
    {
        var output = client.Begin();
        if (IsCommitted)
            return output;
        IsCommitted = true;
        foreach (var type in call.InBackground ? InProgress : Created)
        {
            call.BeginEvent(output, type);
            output.Write(",\"response\":"u8);
            response.WriteBegun(output);
            ResponsesCall.EndEvent(output);
        }
        return output;
    }

    private void Part(PipeWriter output, AnswerPart part)
    {
        if (_items.Begins(part))
        {
            if (_items.Last is { } before)
                EndItem(output, before, "completed");
            BeginItem(output, _items.Add(part));
        }
        else
        {
            _items.Add(part);
        }
        if (part.Text.Length == 0)
            return;
        var item = _items.Last!;
        BeginItemEvent(output, $"{Names(item.Kind)}.delta", item);
        output.Write(",\"delta\":\""u8);
        output.Write(part.Text.Span);
        output.Write(item.Kind == AnswerPartKind.Text ? "\",\"logprobs\":[]"u8 : "\""u8);
        ResponsesCall.EndEvent(output);
    }

    private void BeginItem(PipeWriter output, OutputItem item)
    {
        ItemEvent(output, "response.output_item.added", item, "in_progress");
        if (item.Kind != AnswerPartKind.Call)
            PartEvent(output, "response.content_part.added", item, withText: false);
    }

    private void EndItem(PipeWriter output, OutputItem item, string status)
    {
        BeginItemEvent(output, $"{Names(item.Kind)}.done", item);
        output.Write(item.Kind switch
        {
            AnswerPartKind.Call => ",\"arguments\":\""u8,
            AnswerPartKind.Refusal => ",\"refusal\":\""u8,
            _ => ",\"text\":\""u8,
        });
        output.Write(item.Text);
        output.Write("\""u8);
        if (item.Kind == AnswerPartKind.Text)
            output.Write(",\"logprobs\":[]"u8);
        if (item.Kind == AnswerPartKind.Call)
        {
            output.Write(",\"name\":\""u8);
            output.Write(item.Name.Span);
            output.Write("\""u8);
        }
        ResponsesCall.EndEvent(output);
        if (item.Kind != AnswerPartKind.Call)
            PartEvent(output, "response.content_part.done", item, withText: true);
        ItemEvent(output, "response.output_item.done", item, status);
    }

    private void ItemEvent(PipeWriter output, string type, OutputItem item, string status)
    {
        call.BeginEvent(output, type);
        Utf8Text.Write(output, $",\"output_index\":{_items.All.Count - 1},\"item\":");
        item.Write(output, status);
        ResponsesCall.EndEvent(output);
    }

    private void PartEvent(PipeWriter output, string type, OutputItem item, bool withText)
    {
        BeginItemEvent(output, type, item);
        output.Write(",\"part\":"u8);
        item.WritePart(output, withText);
        ResponsesCall.EndEvent(output);
    }

    private void BeginItemEvent(PipeWriter output, string type, OutputItem item)
    {
        call.BeginEvent(output, type);
        Utf8Text.Write(output, $",\"item_id\":\"{item.Id}\",\"output_index\":{_items.All.Count - 1}");
        if (item.Kind != AnswerPartKind.Call)
            output.Write(",\"content_index\":0"u8);
    }

    private static string Names(AnswerPartKind kind) => kind switch
    {
        AnswerPartKind.Call => "response.function_call_arguments",
        AnswerPartKind.Refusal => "response.refusal",
        AnswerPartKind.Reasoning => "response.reasoning_text",
        _ => "response.output_text",
    };
}
