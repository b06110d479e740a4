using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>One request on its way, as each of its attempts needs it.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Response">What has come of it.</param>
/// <param name="Writer">Where it goes.</param>
/// <param name="History">What has happened to it.</param>
/// <param name="Client">Cancelled when the client leaves.</param>
/// <param name="Deadline">Cancelled when its time is over.</param>
internal sealed record Errand(GenerationRequest Request, ResponseState Response, IResponseWriter Writer, AttemptHistory History, CancellationToken Client, CancellationToken Deadline);
