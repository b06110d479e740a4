using System.Globalization;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Finds slow replicas by comparing the replicas of one model only with each other: where all are equally slow, none counts as slow.
/// A pure function.
/// </summary>
/// <remarks>
/// A replica is slow if half of the others are much faster than even its quicker answers. Where it was more loaded than they, it may take
/// longer in proportion. With only two replicas it can't be told which of them is normal, so the difference must be much larger.
/// </remarks>
internal static class Outliers
{
    /// <summary>Number of answers of a kind that are needed for a comparison.</summary>
    public const int Fewest = 8;

    /// <summary>How many times slower than the other one a replica must be if there are only two.</summary>
    public const double OfTwo = 10;

    /// <summary>
    /// A hedge ends an attempt before it can show how slow it is. A replica that loses this share of its attempts to replicas that are
    /// asked later is slow already if the time that was waited for it in vain is longer than the others take.
    /// </summary>
    private const double MostlyOutrun = 0.75;

    /// <summary>Seconds to the first token by which a replica must exceed the others to count as slow.</summary>
    private const double FirstTokenFloor = 0.5;

    /// <summary>Seconds between tokens by which a replica must exceed the others to count as slow.</summary>
    private const double PerTokenFloor = 0.025;

    /// <summary>A comparison for each of <paramref name="fleet"/>, in its order.</summary>
    public static Comparison[] Compare(IReadOnlyList<Typical[]> fleet, double factor)
    {
        var found = new Comparison[fleet.Count];
        Array.Fill(found, Comparison.Unknown);
        for (var measure = 0; measure < SpeedRecord.Measures; measure++)
            Compare(fleet, measure, factor, found);
        return found;
    }

    private static void Compare(IReadOnlyList<Typical[]> fleet, int measure, double factor, Comparison[] found)
    {
        var known = Enumerable.Range(0, fleet.Count).Where(i => fleet[i][measure].Count >= Fewest).ToList();
        if (known.Count < 2)
            return;
        var sorted = known.Select(i => fleet[i][measure].Middle).Order().ToArray();
        var shares = known.Sum(i => fleet[i][measure].Share);
        var usual = known.Count == 2 ? Math.Max(factor, OfTwo) : factor;
        foreach (var i in known)
        {
            var own = fleet[i][measure];
            var others = MiddleWithout(sorted, own.Middle);
            var allowed = others * Math.Max(1, own.Share * (known.Count - 1) / (shares - own.Share));
            var (needed, floor) = own.Outrun >= MostlyOutrun ? (1, 0) : (usual, IsPace(measure) ? PerTokenFloor : FirstTokenFloor);
            var isSlow = own.Quick > needed * allowed && own.Quick - allowed > floor;
            found[i] = Worse(found[i], isSlow ? new(Standing.Slow, own.Quick / allowed, Words(measure, own, others)) : Comparison.Fair);
        }
    }

    /// <summary>The median of the others; the slower one if two are in the middle.</summary>
    private static double MiddleWithout(double[] sorted, double own)
    {
        var at = (sorted.Length - 1) / 2;
        return sorted[at < Array.BinarySearch(sorted, own) ? at : at + 1];
    }

    private static Comparison Worse(Comparison a, Comparison b) =>
        a.Standing != b.Standing ? (a.Standing > b.Standing ? a : b)
        : a.Times >= b.Times ? a
        : b;

    private static bool IsPace(int measure) => measure == SpeedRecord.Measures - 1;

    private static string Words(int measure, Typical own, double others) => IsPace(measure)
        ? string.Create(CultureInfo.InvariantCulture, $"{own.Middle * 1000:0} ms between tokens, the others {others * 1000:0} ms")
        : string.Create(CultureInfo.InvariantCulture,
            $"first tokens {(own.Outrun >= MostlyOutrun ? "more than " : "")}{own.Middle:0.0} s, the others {others:0.0} s");
}
