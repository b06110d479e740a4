using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>A request that has been read and is sound.</summary>
/// <param name="Generation">What is asked for.</param>
/// <param name="Options">What its headers ask for.</param>
/// <param name="ProcessShape">Whether it came by the plain form, and is answered so.</param>
/// <param name="Arrived">When its headers were here, as a timestamp.</param>
/// <param name="Began">When all of it was here.</param>
internal sealed record AskedRequest(GenerationRequest Generation, RequestOptions Options, bool ProcessShape, long Arrived, long Began)
{
    /// <summary>What a request with an <c>Idempotency-Key</c> is to the ledger; null for one without.</summary>
    public string? Idempotent { get; set; }
}
