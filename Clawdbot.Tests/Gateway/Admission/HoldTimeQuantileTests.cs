using Clawdbot.Gateway.Admission;

namespace Clawdbot.Tests.Gateway.Admission;

public sealed class HoldTimeQuantileTests
{
    private readonly HoldTimeQuantile _holdTimes = new();

    [Fact]
    public void Nothing_seen_is_no_time() => Assert.Equal(0, _holdTimes.Seconds);

    [Fact]
    public void One_in_twenty_that_takes_ten_times_as_long_is_counted_with()
    {
        See(200, i => i % 20 == 0 ? 10 : 1);

        Assert.Equal(11, _holdTimes.Seconds, 6);
    }

    [Fact]
    public void One_in_a_hundred_is_not()
    {
        See(100, i => i == 50 ? 60 : 1);

        Assert.Equal(1.1, _holdTimes.Seconds, 6);
    }

    [Fact]
    public void What_was_long_ago_is_forgotten()
    {
        See(100, _ => 30);
        See(128, _ => 2);

        Assert.Equal(2.2, _holdTimes.Seconds, 6);
    }

    private void See(int count, Func<int, double> seconds)
    {
        for (var i = 0; i < count; i++)
            _holdTimes.Add(seconds(i));
    }
}
