namespace Clawdbot.InferenceShim.Generation;

/// <summary>Divides the places of a replica among the gateways that listen to it.</summary>
internal static class PlaceSplit
{
    /// <summary>
    /// Max-min fair shares: a gateway that wants less than an equal share gets what it wants, the others divide the rest equally. What none
    /// of them wants is divided equally too, so that an idle gateway need not ask before it can begin.
    /// </summary>
    /// <param name="capacity">Number of places, 0 or more.</param>
    /// <param name="wanted">Number that each gateway wants, 0 or more. Earlier ones get what can't be divided.</param>
    /// <returns>The share of each; together they are <paramref name="capacity"/>, if there is a gateway.</returns>
    public static int[] Of(int capacity, IReadOnlyList<int> wanted)
    {
        var shares = new int[wanted.Count];
        var left = Divide(capacity, shares, i => wanted[i] - shares[i]);
        Divide(left, shares, _ => int.MaxValue);
        return shares;
    }

    /// <summary>Adds places to the shares in equal parts, to none more than it lacks; returns what is left.</summary>
    private static int Divide(int places, int[] shares, Func<int, int> lacks)
    {
        while (places > 0)
        {
            var hungry = Enumerable.Range(0, shares.Length).Where(i => lacks(i) > 0).ToList();
            if (hungry.Count == 0)
                break;
            var part = Math.Max(1, places / hungry.Count);
            foreach (var i in hungry)
            {
                var given = Math.Min(Math.Min(part, lacks(i)), places);
                shares[i] += given;
                places -= given;
            }
        }
        return places;
    }
}
