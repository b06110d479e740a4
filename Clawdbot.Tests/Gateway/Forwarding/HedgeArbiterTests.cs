using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class HedgeArbiterTests : IDisposable
{
    private static readonly TokenLimits Limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(60), TimeSpan.Zero);

    private readonly ManualTimeProvider _time = new();
    private readonly HedgeArbiter _arbiter = new(TimeSpan.FromSeconds(1));
    private readonly List<AttemptClocks> _all = [];

    [Fact]
    public void The_first_token_has_the_answer_and_the_other_attempt_ends_at_once()
    {
        var (first, second) = (Enter("a"), Enter("b"));

        Assert.True(second.Claim());
        Assert.True(second.Claim()); // and keeps it
        Assert.False(first.Claim());

        Assert.Equal("b", _arbiter.Winner!.Id);
        Assert.True(first.Token.IsCancellationRequested);
        Assert.Equal(AttemptOutcome.HedgeLost, first.Cause);
        Assert.False(second.Token.IsCancellationRequested);
        Assert.True(_arbiter.IsLost(first) && !_arbiter.IsLost(second) && !_arbiter.CallOff());
    }

    [Fact]
    public void Of_many_claims_at_once_one_succeeds()
    {
        var all = Enumerable.Range(0, 8).Select(i => Enter($"{i}")).ToList();
        var claims = 0;

        Parallel.ForEach(all, clocks => Interlocked.Add(ref claims, clocks.Claim() ? 1 : 0));

        Assert.Equal(1, claims);
        Assert.Equal(7, all.Count(c => c.Token.IsCancellationRequested));
    }

    [Fact]
    public void Once_called_off_nobody_has_it_any_more()
    {
        var first = Enter("a");

        Assert.True(_arbiter.CallOff());
        var second = Enter("b"); // too late

        Assert.All([first, second], clocks => Assert.True(clocks.Token.IsCancellationRequested && !clocks.Claim()
            && _arbiter.IsLost(clocks)));
        Assert.Null(_arbiter.Winner);
    }

    [Fact]
    public void It_is_late_when_no_token_came_in_time_and_the_attempt_goes_on()
    {
        var clocks = Enter("a");
        Pass(999);
        Assert.False(_arbiter.Late.IsCompleted);
        Pass(1);
        Assert.True(_arbiter.Late.IsCompleted);
        Assert.False(clocks.Token.IsCancellationRequested);

        Pass(29_000);
        Assert.Equal(AttemptOutcome.FirstTokenTimeout, clocks.Cause);
        Assert.True(clocks.Token.IsCancellationRequested);
    }

    [Fact]
    public void With_a_token_in_time_it_is_never_late()
    {
        var clocks = Enter("a");
        Pass(500);
        clocks.GotToken();
        for (var i = 0; i < 5; i++)
        {
            Pass(5000);
            clocks.GotToken();
        }

        Assert.False(_arbiter.Late.IsCompleted);
    }

    public void Dispose() => _all.ForEach(c => c.Dispose());

    private AttemptClocks Enter(string id)
    {
        var replica = SomeReplica.Healthy(id);
        var clocks = new AttemptClocks(Limits, _time, default, replica.Live, _arbiter);
        _all.Add(clocks);
        _arbiter.Enter(clocks, replica);
        return clocks;
    }

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
