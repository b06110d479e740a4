using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>One request to <c>/v1/messages</c>.</summary>
/// <param name="stops">The strings at which the client wants the answer to end.</param>
internal sealed class MessagesCall(IReadOnlyList<string> stops) : ApiCall
{
    /// <inheritdoc/>
    public override IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details)
    {
        var message = new MessageObject(context.Request.Model, context.Response, stops, details);
        return client.IsStream
            ? new MessagesStreamWriter(client, context.Response, message)
            : new MessagesDocumentWriter(client, context.Response, message);
    }

    /// <inheritdoc/>
    public override void WriteErrorEvent(IBufferWriter<byte> output, ApiError error, string id)
    {
        output.Write("event: error\ndata: "u8);
        MessagesError.Write(output, error, id);
        output.Write("\n\n"u8);
    }
}
