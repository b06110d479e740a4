namespace Clawdbot.Gateway.Admission;

/// <summary>A request that had a place and met only full replicas.</summary>
/// <param name="Request">The request.</param>
/// <param name="Limit">Longest time that it may wait.</param>
/// <param name="WasAsked">
/// Whether a replica turned it away since it had its place. A request that found no replica to ask goes behind the others, for which there
/// may be room.
/// </param>
internal readonly record struct RequeueRequest(AdmissionRequest Request, TimeSpan Limit, bool WasAsked);
