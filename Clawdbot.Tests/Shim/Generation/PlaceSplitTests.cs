using Clawdbot.InferenceShim.Generation;
using CsCheck;

namespace Clawdbot.Tests.Shim.Generation;

public sealed class PlaceSplitTests
{
    [Theory]
    [InlineData(8, new[] { 0, 0 }, new[] { 4, 4 })] // nobody wants any: each may begin at once
    [InlineData(8, new[] { 20, 20 }, new[] { 4, 4 })]
    [InlineData(8, new[] { 20, 0 }, new[] { 8, 0 })]
    [InlineData(8, new[] { 20, 1 }, new[] { 7, 1 })]
    [InlineData(8, new[] { 2, 2 }, new[] { 4, 4 })]
    [InlineData(8, new[] { 9, 9, 9 }, new[] { 3, 3, 2 })]
    [InlineData(1, new[] { 5, 5 }, new[] { 1, 0 })]
    [InlineData(0, new[] { 5 }, new[] { 0 })]
    public void Who_wants_little_gets_it_and_the_others_share_the_rest_equally(int capacity, int[] wanted, int[] shares) =>
        Assert.Equal(shares, PlaceSplit.Of(capacity, wanted));

    [Fact]
    public void Without_a_gateway_there_is_nothing_to_share() => Assert.Empty(PlaceSplit.Of(8, []));

    [Fact]
    public void Shares_add_up_and_nobody_who_goes_short_has_two_places_less_than_another() => Gen.Select(
            Gen.Int[0, 300], Gen.Int[0, 400].Array[1, 9])
        .Sample((capacity, wanted) =>
        {
            var shares = PlaceSplit.Of(capacity, wanted);
            var hungry = shares.Where((share, i) => share < wanted[i]).ToList();
            return shares.Sum() == capacity && hungry.TrueForAll(h => shares.Max() - h <= 1);
        });
}
