using System.Globalization;
using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Shows a tenant's limits to its clients, in the form of OpenAI's.</summary>
internal static class QuotaAnswer
{
    /// <summary>Writes the headers that say what is left of each limit.</summary>
    public static void WriteHeaders(ClientResponse response, in QuotaEntry quota)
    {
        if (quota.Requests is { } requests)
            Write(response, "requests", Told(requests, QuotaKind.Requests, quota.Excess));
        if (quota.Tokens is { } tokens)
            Write(response, "tokens", Told(tokens, QuotaKind.Tokens, quota.Excess));
    }

    /// <summary>
    /// What is said of a limit. A request may be refused while another gateway's part is left, or for its size alone: whoever reads these
    /// headers must not come again before <c>Retry-After</c>.
    /// </summary>
    private static QuotaLeft Told(QuotaLeft left, QuotaKind kind, QuotaExcess? excess) => excess is null || excess.Kind != kind ? left
        : left with
        {
            Remaining = kind == QuotaKind.Requests ? 0 : left.Remaining,
            ResetSeconds = Math.Max(left.ResetSeconds, excess.RetryAfterSeconds),
        };

    /// <summary>The error when the tenant would exceed a limit; null when it does not.</summary>
    public static ApiError? Excess(in QuotaEntry quota)
    {
        if (quota.Excess is not { } excess)
            return null;
        var (code, message) = excess.Kind switch
        {
            QuotaKind.Concurrent => ("tenant_concurrency",
                $"Your limit is {excess.Limit} requests under way at once, and they are. Wait until one has ended"),
            QuotaKind.Requests => ("tenant_requests",
                $"Your limit is {excess.Limit} requests per minute, and they are used up. Try again"),
            _ => ("tenant_tokens",
                $"Your limit is {excess.Limit} tokens per minute, prompts and answers together, and this request would pass it. Try again"),
        };
        return new ApiError(429, code, $"{message} in {excess.RetryAfterSeconds} s.") { RetryAfter = excess.RetryAfterSeconds };
    }

    private static void Write(ClientResponse response, string what, QuotaLeft left)
    {
        response.SetHeader($"x-ratelimit-limit-{what}", left.Limit.ToString(CultureInfo.InvariantCulture));
        response.SetHeader($"x-ratelimit-remaining-{what}", left.Remaining.ToString(CultureInfo.InvariantCulture));
        response.SetHeader($"x-ratelimit-reset-{what}", string.Create(CultureInfo.InvariantCulture, $"{left.ResetSeconds}s"));
    }
}
