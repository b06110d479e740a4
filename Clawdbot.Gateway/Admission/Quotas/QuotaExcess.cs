using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>A limit that a request would exceed.</summary>
/// <param name="Kind">What the limit counts.</param>
/// <param name="Limit">The limit.</param>
/// <param name="RetryAfterSeconds">Seconds until there is room again.</param>
internal sealed record QuotaExcess(QuotaKind Kind, int Limit, int RetryAfterSeconds);

/// <summary>What is left of a limit.</summary>
/// <param name="Limit">The limit per minute.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="ResetSeconds">Seconds until all of it is left, if nothing more is used.</param>
internal readonly record struct QuotaLeft(int Limit, long Remaining, int ResetSeconds);
