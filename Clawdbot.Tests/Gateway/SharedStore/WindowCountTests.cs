using Clawdbot.ServiceDefaults.Wire;
using CsCheck;

namespace Clawdbot.Tests.Gateway.SharedStore;

public sealed class WindowCountTests
{
    [Fact]
    public void There_is_room_after_the_time_it_says_and_not_before() =>
        Gen.Select(Gen.Int[0, 100], Gen.Int[0, 100], Gen.Double[0, 0.999], Gen.Int[1, 100], Gen.Int[1, 100])
            .Sample((current, previous, elapsed, limit, amount) =>
        {
            var count = new WindowCount(current, previous, elapsed);
            if (amount > limit)
                return;
            var until = count.Until(limit, amount);

            Assert.InRange(until, 0, 2);
            Assert.InRange(count.After(until).Sliding + amount, 0, limit + 1e-6);
            if (until > 0.01)
                Assert.True(count.After(until - 0.01).Sliding + amount > limit);
        });

    [Fact]
    public void What_is_more_than_the_limit_waits_until_all_is_forgotten() =>
        Assert.Equal(1.75, new WindowCount(5, 3, 0.25).Until(limit: 10, amount: 20));
}
