using System.Globalization;

namespace Clawdbot.Drill.Ledger;

/// <summary>The result of comparing the gateways' ledgers with the replicas' own counts.</summary>
/// <param name="Requests">Lines of the ledgers.</param>
/// <param name="Delivered">Tokens that clients were sent.</param>
/// <param name="Generated">Tokens that all attempts cost.</param>
/// <param name="Equal">Lives of replicas whose last count equals the sum of the ledgers.</param>
/// <param name="Bounded">
/// Lives whose exact count is unknown, because a fault ended them or because of an attempt whose cost nobody could tell, and of which
/// the ledgers have no more than is possible.
/// </param>
/// <param name="Problems">What does not fit, in words.</param>
internal sealed record LedgerAudit(int Requests, long Delivered, long Generated, int Equal, int Bounded, IReadOnlyList<string> Problems)
{
    /// <summary>Seconds between two status events of a replica.</summary>
    private const double StatusInterval = 0.25;

    /// <summary>Compares the ledgers with the replicas' counts.</summary>
    /// <param name="book">The ledgers.</param>
    /// <param name="counts">The replicas' last counts.</param>
    /// <param name="tokensPerSecond">Most tokens per second of one answer.</param>
    /// <param name="requests">Requests that were answered.</param>
    public static LedgerAudit Of(LedgerBook book, IReadOnlyCollection<InstanceCount> counts, double tokensPerSecond, int requests)
    {
        var (equal, bounded, problems) = (0, 0, new List<string>());
        if (book.Requests < requests)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"{requests} requests were answered, and only {book.Requests} stand in the ledgers"));
        }
        if (book.Short > 0)
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{book.Short} answers delivered more than all their attempts cost"));
        foreach (var count in counts)
        {
            var sum = book.Instances.GetValueOrDefault(count.Instance);
            if (sum.Generated == count.Tokens)
                equal++;
            else if (IsWithin(sum, count, tokensPerSecond))
                bounded++;
            else
                problems.Add(Misfit(sum, count));
        }
        return new LedgerAudit(book.Requests, book.Delivered, book.Generated, equal, bounded, problems);
    }

    /// <summary>The figures in one line, for a report.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Requests} requests, {Delivered} tokens delivered, {Generated} generated; {Equal} lives equal, {Bounded} within bounds, "
        + $"{Problems.Count} problems{(Problems.Count > 0 ? ": " + Problems[0] : "")}");

    private static string Misfit(InstanceSum sum, InstanceCount count) => string.Create(CultureInfo.InvariantCulture,
        $"{count.Replica} ({count.Instance}) generated {count.Tokens} and {count.InFlight} ran; "
        + $"the ledgers have {sum.Generated}, {sum.Estimated} attempts estimated");

    /// <summary>
    /// Whether the ledgers have at most the last count, and for a life that ended also what it may have generated until its next status.
    /// </summary>
    private static bool IsWithin(InstanceSum sum, InstanceCount count, double tokensPerSecond) => count.Lives
        ? sum.Estimated > 0 && sum.Generated <= count.Tokens
        : sum.Generated <= count.Tokens + Math.Ceiling((1 + (StatusInterval * tokensPerSecond)) * Math.Max(1, count.InFlight));
}
