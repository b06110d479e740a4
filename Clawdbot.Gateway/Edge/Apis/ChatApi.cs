using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>POST /v1/chat/completions: the form that the others are turned into.</summary>
internal sealed class ChatApi : ClientApi
{
    /// <summary>A request in this form.</summary>
    public static readonly ApiCall AsItIs = new Call();

    /// <inheritdoc/>
    public override string Name => "chat";

    /// <inheritdoc/>
    public override string IdPrefix => "chatcmpl-";

    /// <inheritdoc/>
    protected override ApiCall Read(ReadOnlyMemory<byte> body, Func<string> anyModel) => AsItIs;

    private sealed class Call : ApiCall
    {
        public override IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details) => client.IsStream
            ? new SseResponseWriter(client, context.Request, context.Response, details)
            : new JsonResponseWriter(client, context.Request, context.Response, details, processShape: false);
    }
}
