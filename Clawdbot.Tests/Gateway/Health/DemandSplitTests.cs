using Clawdbot.Gateway.Health;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class DemandSplitTests
{
    [Theory]
    [InlineData(0, new[] { 8, 8 }, new[] { 0, 0 })]
    [InlineData(1, new[] { 8, 8, 8, 8 }, new[] { 1, 1, 1, 0 })] // one, and a sixteenth of 32
    [InlineData(5, new[] { 2, 2, 2, 2, 2, 2, 2, 2 }, new[] { 1, 1, 1, 1, 1, 1, 0, 0 })]
    [InlineData(14, new[] { 24, 8 }, new[] { 12, 4 })]
    [InlineData(99, new[] { 8, 4 }, new[] { 8, 4 })]
    [InlineData(7, new[] { 0, 8 }, new[] { 0, 8 })]
    [InlineData(7, new[] { 0, 0 }, new[] { 0, 0 })]
    public void Parts_are_in_proportion_and_little_is_asked_for_beyond_the_demand(int demand, int[] capacities, int[] parts) =>
        Assert.Equal(parts, DemandSplit.Of(demand, capacities));

    [Fact]
    public void Together_they_are_the_demand_and_a_sixteenth_of_the_fleet_and_none_is_more_than_a_replica_has() => Gen.Select(
            Gen.Int[1, 2000], Gen.Int[0, 64].Array[1, 40])
        .Sample((demand, capacities) =>
        {
            var (parts, all) = (DemandSplit.Of(demand, capacities), capacities.Sum());
            return parts.Zip(capacities).All(p => p.First <= p.Second)
                && parts.Sum() == (all == 0 ? 0 : Math.Min(all, demand + Math.Max(1, all / 16)));
        });
}
