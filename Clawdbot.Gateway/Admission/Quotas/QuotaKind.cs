namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What a tenant has too much of.</summary>
internal enum QuotaKind
{
    /// <summary>Requests under way.</summary>
    Concurrent,

    /// <summary>Requests in a minute.</summary>
    Requests,

    /// <summary>Tokens in a minute.</summary>
    Tokens,
}

/// <param name="Kind">What there is too much of.</param>
/// <param name="Limit">How much of it there may be.</param>
/// <param name="RetryAfterSeconds">When there is room again.</param>
internal sealed record QuotaExcess(QuotaKind Kind, int Limit, int RetryAfterSeconds);

/// <param name="Limit">How much there may be in a minute.</param>
/// <param name="Remaining">How much of it is left.</param>
/// <param name="ResetSeconds">When all of it will be left, if nothing more is used.</param>
internal readonly record struct QuotaLeft(int Limit, long Remaining, int ResetSeconds);
