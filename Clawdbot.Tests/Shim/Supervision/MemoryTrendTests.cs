using Clawdbot.InferenceShim.Supervision;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class MemoryTrendTests
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    [Fact]
    public void A_steady_slope_is_found_through_noise()
    {
        var random = new Random(4);
        Assert.InRange(Seen(hours => 10 + (2 * hours) + (0.1 * random.NextDouble()))!.Value, 1.8, 2.2);
    }

    [Fact]
    public void What_shrinks_has_a_slope_too() => Assert.InRange(Seen(hours => 10 - (2 * hours))!.Value, -2.01, -1.99);

    [Fact]
    public void Nothing_is_said_before_the_window_is_full() => Assert.Null(Seen(hours => 10 + (2 * hours), minutes: 50));

    [Theory]
    [InlineData("level")]
    [InlineData("sawtooth")]
    [InlineData("noise")]
    [InlineData("one step at the end")]
    public void What_is_no_leak_has_no_slope(string kind)
    {
        var random = new Random(4);
        Assert.Null(Seen(kind switch
        {
            "level" => _ => 10,
            "sawtooth" => hours => 10 + (hours * 6 % 1),
            "noise" => _ => 10 + random.NextDouble(),
            _ => hours => hours < 0.95 ? 10 : 12,
        }));
    }

    [Fact]
    public void What_is_older_than_the_window_is_forgotten()
    {
        var trend = new MemoryTrend(Window);
        for (var minute = 0; minute <= 200; minute++)
            trend.Add(TimeSpan.FromMinutes(minute), minute < 100 ? minute * (1L << 30) : 100L << 30);
        Assert.Null(trend.GibPerHour());
        trend.Clear();
        Assert.Null(trend.GibPerHour());
    }

    private static double? Seen(Func<double, double> gib, int minutes = 60)
    {
        var trend = new MemoryTrend(Window);
        for (var minute = 0; minute <= minutes; minute++)
            trend.Add(TimeSpan.FromMinutes(minute), (long)(gib(minute / 60.0) * (1 << 30)));
        return trend.GibPerHour();
    }
}
