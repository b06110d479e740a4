using Clawdbot.Tests;
using Clawdbot.Tests.AppHost;
using Clawdbot.Tests.Scenarios;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Clawdbot.Tests;

/// <summary>
/// The collection whose tests run one after the other for two minutes begins first, then other long ones; else one might begin last, and the whole
/// run would wait for it. What is not named here takes less than 40 s.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        OneApplication.Name, nameof(HostileShimTests), nameof(BrowserTests), nameof(EngineLossTests), nameof(PoisonedPictureTests),
        nameof(TraceTests), nameof(RecycleTests), nameof(TwoGatewayLimitsTests), nameof(AdminTests),
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderBy(collection => Array.FindIndex(Long, name => Names(collection).Contains(name)) is var place and >= 0 ? place : Long.Length)
            .ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];

    /// <summary>A collection's own name, or the class that it was made for: "Test collection for Clawdbot.Tests.Scenarios.StormTests (id: ...)".</summary>
    private static string[] Names(ITestCollection collection) => [collection.TestCollectionDisplayName, .. collection.TestCollectionDisplayName.Split(' ', '.')];
}
