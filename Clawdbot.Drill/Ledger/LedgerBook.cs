using System.Text.Json;

namespace Clawdbot.Drill.Ledger;

/// <summary>The sum of the ledgers' entries for one life of a replica.</summary>
/// <param name="Generated">Tokens generated.</param>
/// <param name="Estimated">Attempts whose engine could not be asked for the cost; what was seen of them is counted.</param>
internal readonly record struct InstanceSum(long Generated, int Estimated);

/// <summary>The ledgers of all gateways, summed.</summary>
/// <param name="Requests">Lines, one for each request.</param>
/// <param name="Delivered">Tokens that clients were sent.</param>
/// <param name="Generated">Tokens that all attempts cost.</param>
/// <param name="Short">Lines whose answer cost fewer tokens than it delivered.</param>
/// <param name="Instances">Sums by the life of a replica.</param>
internal sealed record LedgerBook(
    int Requests, long Delivered, long Generated, int Short, IReadOnlyDictionary<string, InstanceSum> Instances)
{
    /// <summary>Reads every file of a folder.</summary>
    public static LedgerBook Read(DirectoryInfo folder)
    {
        var (requests, delivered, generated, tooShort, instances) = (0, 0L, 0L, 0, new Dictionary<string, InstanceSum>());
        foreach (var line in folder.EnumerateFiles().SelectMany(f => File.ReadLines(f.FullName)).Where(l => l.EndsWith('}')))
        {
            using var document = JsonDocument.Parse(line);
            var (sent, cost) = (document.RootElement.GetProperty("completion_tokens").GetInt64(),
                document.RootElement.GetProperty("cost").GetProperty("generated").GetInt64());
            requests++;
            delivered += sent;
            generated += cost;
            tooShort += cost < sent && IsItsOwn(document.RootElement) ? 1 : 0;
            foreach (var attempt in document.RootElement.GetProperty("attempts").EnumerateArray())
                Add(instances, attempt);
        }
        return new LedgerBook(requests, delivered, generated, tooShort, instances);
    }

    /// <summary>Whether the request had an answer of its own, and not that of an earlier request with the same key.</summary>
    private static bool IsItsOwn(JsonElement line) => line.GetProperty("idempotent").ValueKind == JsonValueKind.Null;

    private static void Add(Dictionary<string, InstanceSum> instances, JsonElement attempt)
    {
        var instance = attempt.GetProperty("instance").GetString() ?? "";
        var before = instances.GetValueOrDefault(instance);
        instances[instance] = new InstanceSum(
            before.Generated + attempt.GetProperty("generated").GetInt64(),
            before.Estimated + (attempt.GetProperty("count").GetString() == "exact" ? 0 : 1));
    }
}
