namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What a tenant's limits say to a request. The default is that there are none.</summary>
/// <param name="Excess">Why it may not come in; null when it may.</param>
/// <param name="QuotaUse">To be disposed of when it has ended; null where nothing is limited.</param>
/// <param name="Requests">What is left; null where requests are not limited.</param>
/// <param name="Tokens">What is left; null where tokens are not limited.</param>
internal readonly record struct QuotaEntry(QuotaExcess? Excess, QuotaUse? QuotaUse, QuotaLeft? Requests, QuotaLeft? Tokens);
