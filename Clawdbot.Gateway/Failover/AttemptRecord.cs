using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Failover;

/// <summary>One attempt, as it is accounted for.</summary>
/// <param name="Replica">Who was asked.</param>
/// <param name="Instance">The shim process that answered; null when nothing came from it.</param>
/// <param name="Kind">How it stood to those before it.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Tokens">Tokens it brought.</param>
/// <param name="Usage">What the engine says that it cost; null when it ended before it was told.</param>
internal sealed record AttemptRecord(string Replica, string? Instance, AttemptKind Kind, AttemptOutcome Outcome, int Tokens, GenerationUsage? Usage);
