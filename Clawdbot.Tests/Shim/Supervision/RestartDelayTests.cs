using Clawdbot.InferenceShim.Supervision;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class RestartDelayTests
{
    private static readonly ParentOptions Options = new()
    {
        RestartDelayMilliseconds = 1000,
        LongestRestartDelaySeconds = 60,
        LongLifeSeconds = 60,
    };
    private static readonly LifeEnd Crash = new("exited", TimeSpan.FromSeconds(3));

    [Fact]
    public void It_doubles_up_to_its_limit_with_jitter()
    {
        var delay = new RestartDelay(Options, new Random(1));
        foreach (var full in (double[])[1, 2, 4, 8, 16, 32, 60, 60, 60])
            Assert.InRange(delay.After(Crash).TotalSeconds, full / 2, full);
        Assert.Equal(9, delay.Streak);
        Assert.NotEqual(new RestartDelay(Options, new Random(2)).After(Crash), new RestartDelay(Options, new Random(3)).After(Crash));
    }

    [Fact]
    public void A_long_life_and_a_planned_end_begin_anew()
    {
        var delay = new RestartDelay(Options, new Random(1));
        for (var i = 0; i < 5; i++)
            delay.After(Crash);
        Assert.InRange(delay.After(Crash with { Served = TimeSpan.FromMinutes(2) }).TotalSeconds, 0.5, 1);
        Assert.Equal(TimeSpan.Zero, delay.After(new LifeEnd("recycled", TimeSpan.FromHours(9), IsPlanned: true)));
        Assert.Equal(0, delay.Streak);
    }

    [Fact]
    public void A_moment_of_standing_still_is_no_hang()
    {
        var time = new ManualTimeProvider();
        var watch = new StoppedWatch(TimeSpan.FromSeconds(2), time);
        ProcessStat[] stopped = [new(1, 'S', 0, 1, 0, 0), new(2, 'T', 1, 1, 0, 0)];
        Assert.Null(watch.Look(stopped));
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Null(watch.Look(stopped));
        Assert.Null(watch.Look([stopped[0]])); // goes on
        Assert.Null(watch.Look(stopped));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("process 2 of the engine is stopped (SIGSTOP, or a debugger) and generates nothing", watch.Look(stopped));
    }
}
