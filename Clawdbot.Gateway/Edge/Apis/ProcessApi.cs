using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge.Apis;

/// <summary>POST /api/process: see <see cref="ProcessRequest"/>. It never streams.</summary>
internal sealed class ProcessApi : ClientApi
{
    /// <inheritdoc/>
    public override string Name => "process";

    /// <inheritdoc/>
    public override string IdPrefix => "chatcmpl-";

    /// <inheritdoc/>
    protected override ApiCall Read(ReadOnlyMemory<byte> body, Func<string> anyModel) =>
        new Call { Chat = ProcessRequest.ToChat(body, anyModel) };

    private sealed class Call : ApiCall
    {
        public override IResponseWriter Writer(ClientResponse client, RequestContext context, FailoverDetails details) =>
            new JsonResponseWriter(client, context.Request, context.Response, details, processShape: true);
    }
}
