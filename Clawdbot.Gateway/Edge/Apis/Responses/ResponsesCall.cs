using System.Buffers;
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

    /// <summary>Id of the response that the request goes on from; null where it begins a conversation.</summary>
    public string? Previous { get; init; }

    /// <summary>Keeps the response of an id and says whether it is kept; null where it is not to be kept.</summary>
    public Func<string, RawJson, ValueTask<bool>>? Keep { get; init; }

    /// <inheritdoc/>
    public override IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details)
    {
        var response = new ResponseObject(context.Request.Model, context.Response, this, details);
        return client.IsStream
            ? new ResponsesStreamWriter(client, context.Response, response, this)
            : new ResponsesDocumentWriter(client, context.Response, response);
    }

    /// <summary>A field that the answer repeats, as it stood in the body; null where the request has none.</summary>
    public byte[]? Echo(string name) => echo.GetValueOrDefault(name);

    /// <summary>Begins an event: its fields follow, then <see cref="EndEvent"/>.</summary>
    public void BeginEvent(IBufferWriter<byte> output, string type) =>
        Utf8Text.Write(output, $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{_events++}");

    /// <summary>Ends an event.</summary>
    public static void EndEvent(IBufferWriter<byte> output) => output.Write("}\n\n"u8);

    /// <inheritdoc/>
    public override void WriteErrorEvent(IBufferWriter<byte> output, ApiError error, string id)
    {
        BeginEvent(output, "error");
        var param = error.Param is { } at ? $"\"{JsonEncodedText.Encode(at)}\"" : "null";
        Utf8Text.Write(output, $",\"code\":\"{error.Code}\",\"message\":\"{JsonEncodedText.Encode(error.Message)}\",\"param\":{param}");
        EndEvent(output);
    }
}
