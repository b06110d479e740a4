using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Failover;

/// <summary>What a request's headers ask for, read before a byte of its body.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Continue">How a broken answer may be continued after its first byte.</param>
/// <param name="Details">Whether the answer is to tell of its attempts and failovers.</param>
/// <param name="Priority">The request's priority class; no higher than the caller's key allows.</param>
/// <param name="Within">How long the client waits for the whole answer, from the request's arrival; null where it does not say.</param>
/// <param name="IdempotencyKey">Key with which the client may repeat the request without a second run; null where it sent none.</param>
/// <param name="KeepAlive">Whether the client takes signs of life before and within its answer.</param>
/// <param name="RequestId">The client's own id of the request; null where it sent none.</param>
internal sealed record RequestOptions(
    Caller Caller, ContinuationPreference Continue, bool Details, Priority Priority, TimeSpan? Within, string? IdempotencyKey,
    bool KeepAlive = true, string? RequestId = null);
