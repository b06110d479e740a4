namespace Clawdbot.Gateway.Forwarding;

/// <summary>The events outside an attempt that end it.</summary>
/// <param name="Client">Cancelled when the client leaves.</param>
/// <param name="Lost">Cancelled when the replica is lost.</param>
/// <param name="Deadline">Cancelled when the request's time is over.</param>
internal readonly record struct AttemptCancellation(CancellationToken Client, CancellationToken Lost, CancellationToken Deadline);
