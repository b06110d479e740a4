namespace Clawdbot.Gateway.Admission;

/// <summary>A request that had a place, and whose replicas turned out to be full.</summary>
/// <param name="Request">The request.</param>
/// <param name="Limit">The longest wait.</param>
/// <param name="WasAsked">Whether a replica turned it away since it had its place. One that found no replica to ask goes behind the others: there may be room for them.</param>
internal readonly record struct RequeueRequest(AdmissionRequest Request, TimeSpan Limit, bool WasAsked);
