using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Failover;

namespace Clawdbot.Gateway.Edge;

/// <summary>What a request's headers ask for, read before a byte of its body.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Continue">What is allowed after the first byte.</param>
/// <param name="Details">Whether the answer is to tell what happened to it on its way.</param>
/// <param name="Priority">Who goes first; no higher than the caller's key allows.</param>
/// <param name="Within">From its arrival, how long the client wants to wait for the whole answer; null where it does not say.</param>
/// <param name="IdempotencyKey">By which the client may send the same again without having it done again; null where it won't.</param>
internal sealed record RequestOptions(Caller Caller, ContinuationPreference Continue, bool Details, Priority Priority, TimeSpan? Within, string? IdempotencyKey)
{
    /// <exception cref="ApiException">A header makes no sense; the error says what it may be.</exception>
    public static RequestOptions Read(HttpRequest request, Caller caller) => new(
        caller, RequestHeaders.Continue(request), RequestHeaders.WantsDetails(request), caller.Allowance.Clamp(RequestHeaders.Priority(request)), RequestHeaders.Deadline(request),
        RequestHeaders.IdempotencyKey(request));

    /// <summary>What is wished of admission, so long after the arrival.</summary>
    public AdmissionRequest Admission(TimeSpan since) => new(Caller.Tenant, Caller.Allowance.Share, Priority, Left(since));

    /// <summary>What is left of the client's time, so long after the arrival; null where it does not say.</summary>
    public TimeSpan? Left(TimeSpan since) => Within is not { } within ? null : within > since ? within - since : TimeSpan.Zero;
}
