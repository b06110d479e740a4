using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Tests.Gateway.Forwarding;
using Microsoft.Extensions.Time.Testing;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class RunDeadlineTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ResponseState _response = new("id", DateTimeOffset.UnixEpoch, SomeResponse.Request(), null);
    private readonly RunDeadline _deadline;

    public RunDeadlineTests() => _deadline = new(_response, TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(3600), _time);

    [Fact]
    public void An_answer_that_has_not_begun_is_ended_at_the_total_time()
    {
        Assert.False(After(599));
        Assert.True(After(1));
    }

    [Fact]
    public void One_that_moves_is_not_cut_and_is_ended_when_it_stops_moving()
    {
        for (var i = 0; i < 600; i++)
        {
            Assert.False(After(5), $"cut after {5 * (i + 1)} s");
            _response.TokenAt(_time.GetTimestamp());
        }
        Assert.False(After(RunDeadline.Moving.TotalSeconds - 1));
        Assert.True(After(1));
    }

    [Fact]
    public void One_that_stopped_before_the_total_time_has_all_of_it()
    {
        _response.TokenAt(_time.GetTimestamp());

        Assert.False(After(599));
        Assert.True(After(1));
    }

    [Fact]
    public void One_that_never_ends_is_ended_at_the_longest_time_of_an_answer()
    {
        var seconds = 0;
        for (; seconds < 5000 && !After(1); seconds++)
            _response.TokenAt(_time.GetTimestamp());

        Assert.Equal(3599, seconds);
    }

    [Fact]
    public void The_clients_own_deadline_cuts_also_what_moves()
    {
        using var own = new RunDeadline(_response, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7), _time);
        _time.Advance(TimeSpan.FromSeconds(6.9));
        _response.TokenAt(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.True(own.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)));
    }

    public void Dispose() => _deadline.Dispose();

    /// <summary>Whether it has ended that many seconds later. It says so on another thread, soon.</summary>
    private bool After(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return _deadline.IsOver && _deadline.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
    }
}
