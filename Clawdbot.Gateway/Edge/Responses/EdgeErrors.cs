using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>The errors that clients are sent when a request is not served.</summary>
internal static class EdgeErrors
{
    /// <summary>The error for a caller that is refused.</summary>
    public static ApiError Of(Refusal refusal) => refusal switch
    {
        Refusal.MissingKey => new(401, "missing_api_key", "No API key. Send it as: Authorization: Bearer <key>, or as: x-api-key: <key>."),
        Refusal.WrongKey => new(401, "invalid_api_key",
            "This API key is not known here. Check it, or ask whoever runs this gateway for one."),
        _ => new(403, "not_local",
            "This gateway has no API keys and therefore serves only this machine, directly and under a loopback name "
            + "such as localhost, not through a proxy. Configure Auth:Keys to serve others."),
    };

    /// <summary>The error for a request that admission refused; null when it is admitted or its client left.</summary>
    public static ApiError? Of(in AdmissionResult admitted)
    {
        var wait = admitted.RetryAfterSeconds;
        return admitted.Outcome switch
        {
            AdmissionOutcome.NoReplica => NoReplica(wait),
            AdmissionOutcome.Saturated => Saturated(wait),
            AdmissionOutcome.TooLate => new(429, "deadline_unreachable",
                $"There is no place soon enough for an answer within {EdgeHeaders.Deadline}. "
                + $"Allow more time, or try again in {wait} s.") { RetryAfter = wait },
            _ => null,
        };
    }

    /// <summary>The error when no replica serves.</summary>
    public static ApiError NoReplica(int retryAfter) => Of(EndReason.NoReplica,
        $"No replica serves at the moment; /api/replicas says why. Try again in {retryAfter} s.", retryAfter);

    private static ApiError Saturated(int retryAfter) => Of(EndReason.Saturated,
        $"All places are taken and the queue is full or too slow. Try again in {retryAfter} s.", retryAfter);

    /// <summary>The error for an end, with its status and code; those of a failure when the reason has none.</summary>
    private static ApiError Of(EndReason reason, string message, int? retryAfter)
    {
        var (status, code) = reason.Error() ?? EndReason.Failed.Error()!.Value;
        return new(status, code, message) { RetryAfter = retryAfter };
    }

    /// <summary>The error for a request that failover could not answer; null when the client has the answer, or left.</summary>
    /// <param name="end">How the request ended.</param>
    /// <param name="admission">Says after how many seconds a place is likely, where replicas did not say when to come again.</param>
    public static ApiError? Of(RequestEnd end, AdmissionQueue admission)
    {
        if (end.Reason is EndReason.Completed or EndReason.ClientGone)
            return null;
        if (end.Reason == EndReason.Refused && end.Last?.Error is { } refusal)
            return new(end.Last.Status, refusal.Code, refusal.Message, refusal.Param);
        if (end.Reason is EndReason.Quarantined or EndReason.DeadlineExceeded
            or EndReason.CannotContinue or EndReason.CannotContinueExactly)
        {
            return Of(end.Reason, Message(end, 0), retryAfter: null); // to try again soon would not help
        }
        var wait = end.RetryAfter is { } said ? Math.Max(1, (int)Math.Ceiling(said.TotalSeconds)) : admission.RetryAfterSeconds();
        return end.Reason switch
        {
            EndReason.NoReplica => NoReplica(wait),
            EndReason.Saturated => Of(end.Reason, $"Every replica that could take this request is full. Try again in {wait} s.", wait),
            _ => Of(end.Reason, Message(end, wait), wait),
        };
    }

    private static string Message(RequestEnd end, int retryAfter) => end.Reason switch
    {
        EndReason.DeadlineExceeded => "The request took longer than its deadline allows: "
            + $"the one it named ({EdgeHeaders.Deadline}), Failover:TotalSeconds or Failover:LongestAnswerSeconds. "
            + "Ask for fewer tokens, or give it more time.",
        EndReason.Quarantined => "Two replicas died of this request: alone on each of them, before its first token. "
            + $"No gateway sends it to another one until {end.Until:u}. Change it, or tell whoever runs this gateway.",
        EndReason.BudgetSpent => $"A replica failed ({Cause(end)}), and so many requests are being retried already that this one is not: "
            + $"the fleet is failing, not this request. Try again in {retryAfter} s.",
        EndReason.CannotContinue => $"The replica that was answering failed ({Cause(end)}) "
            + "and the answer can't be continued elsewhere. It is incomplete; ask again.",
        EndReason.CannotContinueExactly => $"The replica that was answering failed ({Cause(end)}) and the answer could go on elsewhere "
            + $"only near to what would have come, which {EdgeHeaders.Continue}: exact rules out. It is incomplete; ask again.",
        _ => $"Every replica that was tried failed; the last one with {Cause(end)}. {end.Last?.Error?.Message}".TrimEnd(),
    };

    private static string Cause(RequestEnd end) => end.Last is null ? "no replica" : Attribution.Name(end.Last.Outcome);
}
