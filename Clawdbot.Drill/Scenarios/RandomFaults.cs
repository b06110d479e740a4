using System.Globalization;

namespace Clawdbot.Drill.Scenarios;

/// <summary>
/// Faults by chance: every kind comes equally often, in random order. The same seed gives the same faults at the same times on the same
/// replicas.
/// </summary>
internal sealed class RandomFaults
{
    /// <summary>The kinds that are drawn: all that need neither root nor a command.</summary>
    private static readonly FaultKind[] All = [.. Enum.GetValues<FaultKind>().Where(k => k is not (FaultKind.Cut or FaultKind.Command))];

    /// <summary>Events of a short answer; a disturbance begins at any of them, or before the first.</summary>
    private const int MostEvents = 7;

    /// <summary>Shortest hang in seconds; a silence of less than a second would not be noticed.</summary>
    private const double ShortestHang = 2;

    public int Seed { get; set; } = 1;

    /// <summary>Seconds from the start of the run to the first fault.</summary>
    public double After { get; set; } = 2;

    /// <summary>Seconds from one fault to the next.</summary>
    public double Every { get; set; } = 1;

    /// <summary>Share of times with two different faults at once, on two replicas; 0 to 1.</summary>
    public double Pairs { get; set; } = 0.3;

    /// <summary>Seconds that a fault lasts on average, where it does not end by itself.</summary>
    public double Lasting { get; set; } = 1;

    /// <summary>The kinds to draw from; one that is named twice comes twice as often. Empty: all kinds.</summary>
    public IList<FaultKind> Kinds { get; set; } = [];

    /// <summary>Least number of replicas without a fault, at every moment.</summary>
    public int LeaveHealthy { get; set; } = 1;

    /// <summary>A replica whose process is never ended, such as <c>replica-0</c>, so that its memory can be followed; null: none.</summary>
    public string? Spare { get; set; }

    /// <summary>Draws the faults of a run.</summary>
    public IEnumerable<FaultPlan> Draw(int replicas, double seconds)
    {
        var random = new Random(Seed);
        var deck = new Queue<FaultKind>();
        for (var at = After; at < seconds; at += Every)
        {
            var places = Enumerable.Range(0, replicas).ToArray();
            random.Shuffle(places);
            foreach (var place in places.Take(random.NextDouble() < Pairs ? 2 : 1))
                yield return Plan(random, Next(deck, random), place, at, replicas);
        }
    }

    private FaultPlan Plan(Random random, FaultKind kind, int place, double at, int replicas)
    {
        var name = Name(place);
        return new FaultPlan
        {
            Do = kind,
            To = name == Spare && kind is FaultKind.Kill or FaultKind.Terminate ? Name((place + 1) % replicas) : name,
            After = at,
            Lasting = Math.Max(Lasting * (0.5 + random.NextDouble()), kind is FaultKind.Stop or FaultKind.Blackhole ? ShortestHang : 0),
            Events = random.Next(MostEvents + 1),
            LeaveHealthy = LeaveHealthy,
        };
    }

    private static string Name(int place) => string.Create(CultureInfo.InvariantCulture, $"replica-{place}");

    /// <summary>All kinds come before one comes again.</summary>
    private FaultKind Next(Queue<FaultKind> deck, Random random)
    {
        if (deck.Count == 0)
        {
            FaultKind[] kinds = Kinds.Count == 0 ? [.. All] : [.. Kinds];
            random.Shuffle(kinds);
            foreach (var kind in kinds)
                deck.Enqueue(kind);
        }
        return deck.Dequeue();
    }
}
