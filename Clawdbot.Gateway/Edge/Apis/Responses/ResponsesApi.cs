namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>POST /v1/responses: OpenAI's newer form, the default one of its SDKs.</summary>
internal sealed class ResponsesApi : ClientApi
{
    /// <inheritdoc/>
    public override string Name => "responses";

    /// <inheritdoc/>
    public override string IdPrefix => "resp_";

    /// <inheritdoc/>
    public override ApiCall Read(ReadOnlyMemory<byte> body, Func<string> anyModel) => ResponsesRequest.Read(body, anyModel);
}
