using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Failover;

/// <summary>What a request's headers ask for, read before a byte of its body.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Continue">What is allowed after the first byte.</param>
/// <param name="Details">Whether the answer is to tell what happened to it on its way.</param>
/// <param name="Priority">Who goes first; no higher than the caller's key allows.</param>
/// <param name="Within">From its arrival, how long the client wants to wait for the whole answer; null where it does not say.</param>
/// <param name="IdempotencyKey">By which the client may send the same again without having it done again; null where it won't.</param>
internal sealed record RequestOptions(
    Caller Caller, ContinuationPreference Continue, bool Details, Priority Priority, TimeSpan? Within, string? IdempotencyKey);
