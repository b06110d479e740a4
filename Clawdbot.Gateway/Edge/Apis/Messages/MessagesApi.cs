using System.Buffers;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>POST /v1/messages: Anthropic's form.</summary>
internal sealed class MessagesApi : ClientApi
{
    /// <summary>Its route; what lies below it is answered in its form too.</summary>
    public const string Route = "/v1/messages";

    /// <inheritdoc/>
    public override string Name => "messages";

    /// <inheritdoc/>
    public override string IdPrefix => "msg_";

    /// <summary>Anthropic's SDKs show this header's value beside an error.</summary>
    public override string IdHeader => "request-id";

    /// <inheritdoc/>
    protected override ApiCall Read(ReadOnlyMemory<byte> body, Func<string> anyModel) => MessagesRequest.Read(body);

    /// <inheritdoc/>
    public override byte[] Error(ApiError error, string? id)
    {
        var output = new ArrayBufferWriter<byte>(512);
        MessagesError.Write(output, error, id);
        return output.WrittenSpan.ToArray();
    }
}
