namespace Clawdbot.Gateway.Failover;

/// <summary>What the client asks of failover.</summary>
/// <param name="Continue">What it allows after the first byte.</param>
/// <param name="TimeLeft">After which it wants no answer any more; null when it did not say.</param>
internal readonly record struct Wishes(ContinuationPreference Continue, TimeSpan? TimeLeft = null);
