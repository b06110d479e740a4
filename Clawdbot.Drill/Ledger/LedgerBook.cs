using System.Text.Json;

namespace Clawdbot.Drill.Ledger;

/// <summary>What a ledger says of one life of a replica.</summary>
/// <param name="Generated">Tokens.</param>
/// <param name="Estimated">Attempts whose engine could not be asked what they cost: at least what was seen of them is counted.</param>
internal readonly record struct InstanceSum(long Generated, int Estimated);

/// <summary>The ledgers of all gateways, summed.</summary>
/// <param name="Requests">Lines.</param>
/// <param name="Delivered">Tokens that clients were sent.</param>
/// <param name="Generated">Tokens that all attempts cost.</param>
/// <param name="Short">Lines by which an answer cost less than it delivered.</param>
/// <param name="Instances">By the life of a replica.</param>
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

    /// <summary>Another request's answer was not paid for twice.</summary>
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
