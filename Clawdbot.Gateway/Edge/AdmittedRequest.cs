using Clawdbot.Gateway.Admission.Quotas;

namespace Clawdbot.Gateway.Edge;

/// <summary>A request that has its place.</summary>
/// <param name="Asked">The request.</param>
/// <param name="Within">How long it may take from now on; null for as long as any.</param>
/// <param name="QuotaUse">Is told what it used; null where its tenant has no limits.</param>
internal sealed record AdmittedRequest(AskedRequest Asked, TimeSpan? Within, QuotaUse? QuotaUse);
