namespace Clawdbot.Drill.Ledger;

/// <summary>What one life of a replica said of itself, at last.</summary>
/// <param name="Instance">Tells it from the lives before and after.</param>
/// <param name="Replica">Such as <c>replica-0</c>.</param>
/// <param name="Tokens">Generated since its start.</param>
/// <param name="InFlight">Generations that ran.</param>
/// <param name="Lives">It is the newest of its replica.</param>
internal sealed record InstanceCount(string Instance, string Replica, long Tokens, int InFlight, bool Lives);
