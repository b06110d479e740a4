using Clawdbot.Tests;
using Clawdbot.Tests.AppHost;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Clawdbot.Tests;

/// <summary>
/// The collection whose tests run one after the other for two minutes begins first, then those that start processes and mostly wait; else one
/// of them would begin last and the whole run would wait for it.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Rank(collection)).ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];

    private static int Rank(ITestCollection collection) =>
        collection.TestCollectionDisplayName == OneApplication.Name ? 0
        : collection.TestCollectionDisplayName.Contains("Clawdbot.Tests.Scenarios", StringComparison.Ordinal) ? 1
        : 2;
}
