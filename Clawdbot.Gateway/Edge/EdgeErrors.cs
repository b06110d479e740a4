using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Edge;

/// <summary>What each way of not being served is called towards the client.</summary>
internal static class EdgeErrors
{
    public static void ThrowIfRefused(Refusal refusal)
    {
        if (refusal != Refusal.None)
            throw new ApiException(Of(refusal));
    }

    public static ApiError Of(Refusal refusal) => refusal switch
    {
        Refusal.MissingKey => new(401, "missing_api_key", "No API key. Send it as: Authorization: Bearer <key>."),
        Refusal.WrongKey => new(401, "invalid_api_key", "This API key is not known here. Check it, or ask whoever runs this gateway for one."),
        _ => new(403, "not_local", "This gateway has no API keys and therefore serves only this machine, directly and under a loopback name "
            + "such as localhost, not through a proxy. Configure Auth:Keys to serve others."),
    };

    /// <summary>A model that nobody serves. When nobody has been heard of yet, that can't be known.</summary>
    public static void ThrowIfUnknown(string model, ReplicaSet set)
    {
        var served = set.All.SelectMany(r => r.Models).Distinct().ToList();
        if (served.Count > 0 && !served.Contains(model))
        {
            throw new ApiException(new ApiError(404, "model_not_found",
                $"The model '{model}' is not served here. Served: {string.Join(", ", served)}.", "model"));
        }
    }

    public static void ThrowIfNot(in AdmissionResult decision)
    {
        var wait = decision.RetryAfterSeconds;
        switch (decision.Outcome)
        {
            case AdmissionOutcome.NoReplica:
                throw NoReplica(wait);
            case AdmissionOutcome.Saturated:
                throw TooMany("saturated", $"All places are taken and the queue is full or too slow. Try again in {wait} s.", wait);
            case AdmissionOutcome.TooLate:
                throw TooMany("deadline_unreachable", $"There is no place soon enough for an answer within {EdgeHeaders.Deadline}. Allow more time, or try again in {wait} s.", wait);
        }
    }

    private static ApiException TooMany(string code, string message, int retryAfter) => new(new ApiError(429, code, message) { RetryAfter = retryAfter });

    public static ApiException NoReplica(int retryAfter) => new(new ApiError(503, "no_replica",
        $"No replica serves at the moment; /api/replicas says why. Try again in {retryAfter} s.") { RetryAfter = retryAfter });

    /// <summary>What the client is told when failover could not answer.</summary>
    public static ApiError Of(RequestEnd end, int retryAfter) => end.Kind switch
    {
        EndKind.Refused when end.Last?.Error is { } error => new(end.Last.Status, error.Code, error.Message, error.Param),
        EndKind.NoReplica => NoReplica(retryAfter).Error,
        EndKind.DeadlineExceeded => new(504, "deadline_exceeded", $"The request took longer than its deadline allows: the one it named ({EdgeHeaders.Deadline}), or Failover:TotalSeconds. Ask for fewer tokens, or give it more time."),
        EndKind.Quarantined => new(422, "request_quarantined",
            $"Two replicas died of this request: alone on each of them, before its first token. No gateway sends it to another one until {end.Until:u}. Change it, or tell whoever runs this gateway."),
        EndKind.BudgetSpent => new(502, "retry_budget_exhausted",
            $"A replica failed ({Cause(end)}), and so many requests are being retried already that this one is not: the fleet is failing, not this request. Try again in {retryAfter} s.") { RetryAfter = retryAfter },
        EndKind.CannotContinue => new(502, "cannot_continue",
            $"The replica that was answering failed ({Cause(end)}) and the answer can't be continued elsewhere. It is incomplete; ask again."),
        EndKind.CannotContinueExactly => new(502, "cannot_continue_exactly",
            $"The replica that was answering failed ({Cause(end)}) and the answer could go on elsewhere only near to what would have come, which {EdgeHeaders.Continue}: exact rules out. It is incomplete; ask again."),
        _ => new(502, "replicas_failed", $"Every replica that was tried failed; the last one with {Cause(end)}. {end.Last?.Error?.Message}".TrimEnd()) { RetryAfter = retryAfter },
    };

    private static string Cause(RequestEnd end) => end.Last is null ? "no replica" : Attribution.Name(end.Last.Outcome);
}
