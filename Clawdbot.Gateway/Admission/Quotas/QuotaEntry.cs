namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>Result of holding a request against its tenant's limits. The default is that of a tenant without limits.</summary>
/// <param name="Excess">The limit that is exceeded; null when none is.</param>
/// <param name="QuotaUse">To be disposed of at the end of the request; null when nothing is limited.</param>
/// <param name="Requests">Requests left; null when requests are not limited.</param>
/// <param name="Tokens">Tokens left; null when tokens are not limited.</param>
internal readonly record struct QuotaEntry(QuotaExcess? Excess, QuotaUse? QuotaUse, QuotaLeft? Requests, QuotaLeft? Tokens);
