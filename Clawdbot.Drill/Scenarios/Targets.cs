using System.Globalization;

namespace Clawdbot.Drill.Scenarios;

/// <summary>Chooses the processes that a fault hits, by the words of a scenario.</summary>
internal sealed class Targets(Random random)
{
    private const string Gateway = "gateway";
    private const string Replica = "replica";

    private int _nextReplica;
    private int _nextGateway;

    /// <summary>Whether the words name any process.</summary>
    public static bool IsKnown(string words, int replicas, int gateways) =>
        words is "next" or "random" or "all" or "all_but_one" or "half" or Gateway
        || IsOneOf(words, Replica, replicas) || IsOneOf(words, Gateway, gateways);

    /// <summary>The processes that the words mean now; processes are called <c>replica-0</c>, <c>gateway-0</c> and so on.</summary>
    public IReadOnlyList<T> Choose<T>(string words, IReadOnlyList<T> replicas, IReadOnlyList<T> gateways) => words switch
    {
        "next" => [replicas[_nextReplica++ % replicas.Count]],
        "random" => [replicas[random.Next(replicas.Count)]],
        "all" => replicas,
        "all_but_one" => [.. replicas.Skip(1)],
        "half" => [.. replicas.OrderBy(_ => random.Next()).Take(replicas.Count / 2)],
        Gateway => gateways.Count == 0 ? [] : [gateways[_nextGateway++ % gateways.Count]],
        _ when words.StartsWith(Gateway, StringComparison.Ordinal) => [.. gateways.Where((_, i) => i == Number(words))],
        _ => [.. replicas.Where((_, i) => i == Number(words))],
    };

    private static bool IsOneOf(string words, string kind, int count) =>
        words.StartsWith(kind + "-", StringComparison.Ordinal) && Number(words) is { } number && number >= 0 && number < count;

    private static int? Number(string words) =>
        int.TryParse(words.AsSpan(words.IndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
