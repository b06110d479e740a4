using Clawdbot.Tests;
using Clawdbot.Tests.AppHost;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Clawdbot.Tests;

/// <summary>
/// The collection whose tests run one after the other for two minutes begins first; else it might begin last, and the whole run would wait for it.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderByDescending(collection => collection.TestCollectionDisplayName == OneApplication.Name)
            .ThenBy(collection => collection.UniqueID, StringComparer.Ordinal)];
}
