using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>One request to <c>/v1/responses</c>.</summary>
/// <param name="echo">The fields that the answer repeats, by name, as they stood in the body.</param>
internal sealed class ResponsesCall(Dictionary<string, byte[]> echo) : ApiCall
{
    private int _events;

    /// <summary>Whether it goes on without its client.</summary>
    public bool InBackground { get; init; }

    /// <summary>The output that another gateway wrote before this one took the answer over; null where none did.</summary>
    public OutputItems? Begun { get; private set; }

    /// <summary>Id of the response that the request goes on from; null where it begins a conversation.</summary>
    public string? Previous { get; init; }

    /// <summary>Keeps the response of an id and says whether it is kept; null where it is not to be kept.</summary>
    public Func<string, RawJson, ValueTask<bool>>? Keep { get; init; }

    /// <summary>The body of one in the background, as it came; empty for others.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The response; null before <see cref="Bind"/>.</summary>
    public ResponseObject? Object { get; private set; }

    /// <summary>Whether its last event is written.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The response as a JSON object, if it failed in the background; it is still to be kept.</summary>
    public ReadOnlyMemory<byte>? Failed { get; private set; }

    /// <summary>Makes the response of a request in the background, which must be known before anything is answered.</summary>
    public void Bind(RequestContext context) => Object = new ResponseObject(context.Request.Model, context.Response, this,
        new FailoverDetails(context.History, context.Response, context.Options.Details));

    /// <inheritdoc/>
    public override IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details)
    {
        var response = Object ?? new ResponseObject(context.Request.Model, context.Response, this, details);
        return client.IsStream
            ? new ResponsesStreamWriter(client, context.Response, response, this)
            : new ResponsesDocumentWriter(client, context.Response, response);
    }

    /// <summary>Goes on where another gateway's events end.</summary>
    /// <param name="events">Number of its events.</param>
    /// <param name="items">The output in them; null where there is none.</param>
    public void GoOn(int events, OutputItems? items) => (_events, Begun) = (events, items);

    /// <summary>A field that the answer repeats, as it stood in the body; null where the request has none.</summary>
    public byte[]? Echo(string name) => echo.GetValueOrDefault(name);

    /// <summary>Begins an event: its fields follow, then <see cref="EndEvent"/>.</summary>
    public void BeginEvent(IBufferWriter<byte> output, string type) =>
        Utf8Text.Write(output, $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{_events++}");

    /// <summary>Ends an event.</summary>
    public static void EndEvent(IBufferWriter<byte> output) => output.Write("}\n\n"u8);

    /// <summary>Writes the event that ends a response.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="status">Its status.</param>
    /// <param name="response">The response as a JSON object.</param>
    public void WriteEnd(IBufferWriter<byte> output, string status, ReadOnlySpan<byte> response)
    {
        IsEnded = true;
        BeginEvent(output, $"response.{status}");
        output.Write(",\"response\":"u8);
        output.Write(response);
        EndEvent(output);
    }

    /// <summary>Ends a response in the background that is not wanted any more.</summary>
    public async Task CancelAsync(PipeWriter output)
    {
        WriteEnd(output, "cancelled", (await Object!.CancelAsync([])).Span);
        await output.FlushAsync();
    }

    /// <inheritdoc/>
    public override void WriteErrorEvent(IBufferWriter<byte> output, ApiError error, string id)
    {
        if (InBackground)
        {
            Failed = Object!.Fail(error, Begun?.All ?? []);
            WriteEnd(output, "failed", Failed.Value.Span);
            return;
        }
        BeginEvent(output, "error");
        var param = error.Param is { } at ? $"\"{JsonEncodedText.Encode(at)}\"" : "null";
        Utf8Text.Write(output, $",\"code\":\"{error.Code}\",\"message\":\"{JsonEncodedText.Encode(error.Message)}\",\"param\":{param}");
        EndEvent(output);
    }
}
