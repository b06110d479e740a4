using System.Globalization;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Compares replicas of one model with each other, and with nothing else: where all are slow, nobody is. Pure.
/// </summary>
/// <remarks>
/// Half of the others must be much faster than even the quicker answers of the one that is called slow. Where it was more loaded than they,
/// it may take longer in proportion. Of two replicas nobody can tell which of them is as it should be, so the difference must be enormous.
/// </remarks>
internal static class Outliers
{
    /// <summary>Answers of a kind that are needed to speak of it.</summary>
    public const int Fewest = 8;

    /// <summary>How many times slower than its only companion.</summary>
    public const double OfTwo = 10;

    /// <summary>
    /// A hedge ends an attempt before it can show how slow it is. A replica that loses this share of its attempts to replicas that are
    /// asked later is slow already if the time that was waited for it in vain is longer than the others take.
    /// </summary>
    private const double MostlyOutrun = 0.75;

    /// <summary>Less than this is no trouble to anybody, whatever the others do: seconds to the first token.</summary>
    private const double FirstTokenFloor = 0.5;

    /// <summary>And between tokens.</summary>
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

    /// <summary>The median of the others; the slower one of two in the middle.</summary>
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
