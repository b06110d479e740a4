namespace Clawdbot.Drill.Ledger;

/// <summary>The last status of one life of a replica.</summary>
/// <param name="Instance">Identifies this life of the replica.</param>
/// <param name="Replica">Such as <c>replica-0</c>.</param>
/// <param name="Tokens">Tokens generated since its start.</param>
/// <param name="InFlight">Generations that were running.</param>
/// <param name="Lives">Whether it is the newest life of its replica.</param>
internal sealed record InstanceCount(string Instance, string Replica, long Tokens, int InFlight, bool Lives);
