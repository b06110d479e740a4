using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Admission.Quotas;

public sealed class MinuteCounterTests
{
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly MinuteCounter _counter = new();

    [Fact]
    public void It_adds_up_in_its_minute_and_remembers_the_one_before()
    {
        Assert.Equal(new WindowCount(3, 0, 0), Add(3));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(new WindowCount(5, 0, 0.25), Add(2));
        Assert.Equal(new WindowCount(4, 0, 0.25), Add(-1));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new WindowCount(1, 4, 0.25), Add(1));
        Assert.Equal(4, Add(0).Sliding); // 1 and three quarters of 4

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(new WindowCount(0, 0, 0.25), Add(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_step_of_the_wall_clock_changes_no_minute(int hours)
    {
        Add(3);
        _time.StepUtc(TimeSpan.FromHours(hours));
        Assert.Equal(new WindowCount(4, 0, 0), Add(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new WindowCount(1, 4, 0), Add(1));
    }

    private WindowCount Add(long amount) => _counter.Add(amount, _time.GetMonotonicTime());
}
