using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ReplicaLiveTests
{
    private readonly ReplicaLive _live = SomeReplica.Healthy(load: 2).Live;

    [Fact]
    public void The_larger_of_our_own_and_the_reported_load_is_believed()
    {
        Assert.Equal(2, _live.Load);
        ReplicaLive.AttemptSlot[] slots = [_live.Enter(), _live.Enter(), _live.Enter()];
        Assert.Equal((3, 3), (_live.InFlight, _live.Load));
        slots[0].Dispose();
        slots[1].Dispose();
        Assert.Equal((1, 2), (_live.InFlight, _live.Load));
    }

    [Fact]
    public void An_attempt_is_answering_from_its_first_token_to_its_end()
    {
        using var other = _live.Enter();
        var slot = _live.Enter();
        Assert.Equal(0, _live.Answering);

        slot.GotToken();
        slot.GotToken();
        Assert.Equal(1, _live.Answering);

        slot.Dispose();
        Assert.Equal(0, _live.Answering);
    }

    [Fact]
    public void An_attempt_was_alone_only_if_no_other_one_was_there_at_any_time_of_it()
    {
        _live.Status = _live.Status! with { InFlight = 0 };
        using (var alone = _live.Enter())
            Assert.True(alone.WasAlone);

        var first = _live.Enter();
        var second = _live.Enter();
        Assert.False(first.WasAlone);
        Assert.False(second.WasAlone);

        second.Dispose();
        Assert.False(first.WasAlone); // it had company
        using (var third = _live.Enter())
        {
            first.Dispose();
            Assert.False(third.WasAlone); // so had this one
        }

        using var last = _live.Enter();
        Assert.True(last.WasAlone);
    }

    [Theory]
    [InlineData(3, 0, 0)]
    [InlineData(1, 3, 0)]
    [InlineData(0, 1, 2)]
    public void An_attempt_was_not_alone_if_any_status_told_of_others_before_it_or_meanwhile(int before, int meanwhile, int last)
    {
        _live.Status = _live.Status! with { InFlight = before };
        using var slot = _live.Enter();
        _live.Status = _live.Status! with { InFlight = meanwhile };
        _live.Status = _live.Status! with { InFlight = last }; // an engine died, and all that ran there has ended
        Assert.False(slot.WasAlone);
    }

    [Fact]
    public void An_attempt_is_the_one_that_a_status_counts()
    {
        _live.Status = _live.Status! with { InFlight = 0 };
        using var slot = _live.Enter();
        _live.Status = _live.Status! with { InFlight = 1 };
        Assert.True(slot.WasAlone);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(120, 30)]
    public void What_it_says_to_one_request_keeps_others_away_for_half_a_minute_at_most(double told, double seconds)
    {
        var time = new ManualTimeProvider();
        _live.Close(TimeSpan.FromSeconds(told), null, time);

        Assert.Equal(TimeSpan.FromSeconds(seconds), _live.OpensIn(time));
        time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal((false, null), (_live.IsClosed(time.GetTimestamp()), _live.OpensIn(time)));
    }

    [Fact]
    public void A_token_that_comes_from_it_opens_it_again()
    {
        var time = new ManualTimeProvider();
        using var before = _live.Enter();
        _live.Close(TimeSpan.FromSeconds(20), null, time);
        Assert.True(_live.IsClosed(time.GetTimestamp()));
        before.GotToken();
        Assert.False(_live.IsClosed(time.GetTimestamp()));

        _live.Close(TimeSpan.FromSeconds(20), null, time);
        before.GotToken(); // its first one is long past
        Assert.True(_live.IsClosed(time.GetTimestamp()));
    }

    [Fact]
    public void So_does_a_status_by_which_it_has_answered_since()
    {
        var time = new ManualTimeProvider();
        _live.Close(TimeSpan.FromSeconds(20), 5, time);
        foreach (var (answered, isClosed) in ((long?, bool)[])[(3, true), (5, true), (null, true), (6, false)]) // the 3 is from before
        {
            _live.Status = _live.Status! with { Answered = answered };
            Assert.Equal(isClosed, _live.IsClosed(time.GetTimestamp()));
        }
    }

    [Fact]
    public void What_is_lost_stays_lost()
    {
        Assert.False(_live.Lost.IsCancellationRequested);
        _live.Lose();
        _live.Lose();
        Assert.True(_live.Lost.IsCancellationRequested);
    }
}
