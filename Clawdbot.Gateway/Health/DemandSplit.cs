namespace Clawdbot.Gateway.Health;

/// <summary>Divides what a gateway wants over the replicas that it can use.</summary>
internal static class DemandSplit
{
    /// <summary>
    /// Part of the fleet that a gateway asks for beyond its demand: with a little more than it needs it gets the first place that is free
    /// anywhere, and does not wait for one on a certain replica.
    /// </summary>
    private const int Headroom = 16;

    /// <summary>Parts in proportion to the capacities; earlier replicas get what can't be divided.</summary>
    /// <param name="demand">Requests that have a place or wait for one.</param>
    /// <param name="capacities">Places of each replica; 0 for one that can't be used.</param>
    /// <returns>
    /// None without a demand; else together the demand and a sixteenth of all places, one at least, but no more than there are.
    /// </returns>
    public static int[] Of(int demand, IReadOnlyList<int> capacities)
    {
        var (parts, all) = (new int[capacities.Count], capacities.Sum(c => (long)c));
        if (demand <= 0 || all == 0)
            return parts;
        var wanted = Math.Min(all, demand + Math.Max(1, all / Headroom));
        for (var i = 0; i < parts.Length; i++)
            parts[i] = (int)(wanted * capacities[i] / all);
        for (var (i, left) = (0, wanted - parts.Sum(p => (long)p)); left > 0; i = (i + 1) % parts.Length)
        {
            if (parts[i] >= capacities[i])
                continue;
            parts[i]++;
            left--;
        }
        return parts;
    }
}
