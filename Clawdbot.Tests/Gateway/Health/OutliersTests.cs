using Clawdbot.Gateway.Health;
using CsCheck;
using Xunit;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class OutliersTests
{
    private const int Short = 0;
    private static readonly int TokenGap = SpeedRecord.Measures - 1;

    [Fact]
    public void One_of_four_that_takes_more_than_three_times_as_long_is_slow_and_the_reason_has_the_figures()
    {
        var found = Compare(First(0.9), First(4.2), First(0.8), First(1.0));

        Assert.Equal([Standing.Fair, Standing.Slow, Standing.Fair, Standing.Fair], found.Select(f => f.Standing));
        Assert.Equal("first tokens 4.2 s, the others 0.9 s", found[1].Words);
        Assert.InRange(found[1].Times, 4.1, 4.7);
    }

    [Fact]
    public void Slow_tokens_are_found_like_slow_first_tokens()
    {
        var found = Compare(One(TokenGap, 0.012), One(TokenGap, 0.012), One(TokenGap, 0.110));

        Assert.Equal((Standing.Slow, "110 ms between tokens, the others 12 ms"), (found[2].Standing, found[2].Words));
    }

    [Fact]
    public void Where_all_are_slow_or_most_of_them_nobody_is() => Gen.Select(Gen.Double[0.001, 60], Gen.Double[0.5, 1.5].Array[2, 9])
        .Sample((speed, spread) =>
        Assert.DoesNotContain(Compare([.. spread.Select(s => First(s * speed))]), f => f.Standing == Standing.Slow));

    [Fact]
    public void Who_is_slow_is_never_faster_than_half_of_the_others() => Gen.Double[0.05, 20].Array[2, 9].Sample(speeds =>
    {
        var found = Compare([.. speeds.Select(s => First(s))]);
        Assert.True(2 * found.Count(f => f.Standing == Standing.Slow) <= found.Length);
        for (var i = 0; i < speeds.Length; i++)
        {
            var slower = speeds.Where((s, j) => j != i && s > speeds[i]).Count();
            Assert.True(found[i].Standing != Standing.Slow || 2 * slower <= speeds.Length - 1, $"{i} of {string.Join(' ', speeds)}");
        }
    });

    [Fact]
    public void Times_that_hurt_nobody_are_not_slow() =>
        Assert.DoesNotContain(Compare(First(0.02), First(0.45), First(0.02))
            .Concat(Compare(One(TokenGap, 0.001), One(TokenGap, 0.02), One(TokenGap, 0.001))), f => f.Standing == Standing.Slow);

    [Fact]
    public void Of_two_only_an_enormous_difference_is_believed()
    {
        Assert.Equal([Standing.Fair, Standing.Fair], Compare(First(1), First(9)).Select(f => f.Standing));
        Assert.Equal([Standing.Fair, Standing.Slow], Compare(First(1), First(11)).Select(f => f.Standing));
    }

    [Fact]
    public void One_that_is_slow_because_it_is_more_loaded_is_not_slow()
    {
        Assert.Equal(Standing.Fair, Compare(First(1, share: 0.2), First(1, share: 0.2), First(4, share: 0.8))[2].Standing);
        Assert.Equal(Standing.Slow, Compare(First(1, share: 0.2), First(1, share: 0.2), First(4, share: 0.2))[2].Standing);
    }

    [Theory]
    [InlineData(0.8, true)]
    [InlineData(0.5, false)]
    public void One_that_mostly_loses_to_hedges_sent_later_is_slow_although_none_of_its_attempts_lasted_long_enough_to_show_it(
        double outrun, bool isSlow)
    {
        var found = Compare(First(0.9), First(0.9), Where(Short, new Typical(20, 2, 2, 0.5, outrun)))[2];

        Assert.Equal(isSlow ? Standing.Slow : Standing.Fair, found.Standing);
        Assert.Equal(isSlow ? "first tokens more than 2.0 s, the others 0.9 s" : "", found.Words);
    }

    [Fact]
    public void One_that_is_quick_now_and_then_is_not_slow_as_such() => Assert.Equal(Standing.Fair, Compare(
        First(1), First(1), Where(Short, new Typical(20, Quick: 1.2, Middle: 9, Share: 0.5)))[2].Standing);

    [Fact]
    public void Too_few_answers_say_nothing_and_prompts_of_another_size_neither()
    {
        Assert.All(Compare(First(1), First(1), First(9, count: Outliers.Fewest - 1))[2..], f => Assert.Equal(Standing.Unknown, f.Standing));
        Assert.All(Compare(First(1), One(2, 9)), f => Assert.Equal(Standing.Unknown, f.Standing));
    }

    private static Comparison[] Compare(params Typical[][] fleet) => Outliers.Compare(fleet, 3);

    private static Typical[] First(double seconds, double share = 0.5, int count = 20) => One(Short, seconds, share, count);

    private static Typical[] One(int measure, double seconds, double share = 0.5, int count = 20) =>
        Where(measure, new Typical(count, seconds, seconds, share));

    private static Typical[] Where(int measure, Typical typical) =>
        [.. Enumerable.Range(0, SpeedRecord.Measures).Select(m => m == measure ? typical : default)];
}
