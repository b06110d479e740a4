using Clawdbot.ServiceDefaults;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.ServiceDefaults;

public sealed class RunningTimeoutTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly RunningTimeout _timeout;

    public RunningTimeoutTests() => _timeout = new RunningTimeout(TimeSpan.FromSeconds(5), _time);

    public void Dispose() => _timeout.Dispose();

    [Fact]
    public void It_is_over_after_its_length_whatever_the_wall_clock_does()
    {
        _time.StepUtc(TimeSpan.FromHours(1));
        Pass(seconds: 4);
        Assert.False(IsOver);
        _time.StepUtc(TimeSpan.FromHours(-2));
        Pass(seconds: 1);
        Assert.True(IsOver);
    }

    [Fact]
    public void Time_in_which_the_process_stood_still_does_not_count_wherever_it_lies()
    {
        Pass(seconds: 4);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(IsOver);
        Pass(seconds: 1);
        Assert.True(IsOver);
    }

    [Fact]
    public void A_machine_that_is_always_late_comes_to_an_end()
    {
        for (var late = 0; late < 9; late++)
            _time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(IsOver);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(IsOver);
    }

    [Fact]
    public void It_begins_anew()
    {
        Pass(seconds: 4);
        _timeout.Restart();
        Pass(seconds: 4);
        Assert.False(IsOver);
        Pass(seconds: 1);
        Assert.True(IsOver);
    }

    [Fact]
    public void After_its_disposal_nothing_happens()
    {
        _timeout.Dispose();
        Pass(seconds: 6);
        Assert.False(IsOver);
    }

    private bool IsOver => _timeout.Token.IsCancellationRequested;

    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++)
            _time.Advance(TimeSpan.FromSeconds(1));
    }
}
