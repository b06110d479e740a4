using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Edge;

/// <summary>A request that has its place.</summary>
/// <param name="Generation">What is asked for.</param>
/// <param name="Terms">What its headers ask for.</param>
/// <param name="Within">How long it may take from now on; null for as long as any.</param>
/// <param name="Stay">Is told what it used; null where its tenant has no limits.</param>
/// <param name="ProcessShape">Whether it came by the plain form, and is answered so.</param>
/// <param name="Began">When all of it was here, as a timestamp.</param>
internal sealed record AdmittedRequest(Generation Generation, Terms Terms, TimeSpan? Within, QuotaStay? Stay, bool ProcessShape, long Began);
