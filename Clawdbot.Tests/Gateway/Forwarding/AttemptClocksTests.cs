using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class AttemptClocksTests : IDisposable
{
    private static readonly TokenLimits Limits = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(8), HeldBack: TimeSpan.FromSeconds(60), Heard: TimeSpan.FromSeconds(600));

    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _client = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _deadline = new();

    [Fact]
    public void The_first_token_has_its_time()
    {
        using var clocks = Clocks();

        Pass(29_999);
        Assert.False(clocks.Token.IsCancellationRequested);
        Pass(1);

        Assert.True(clocks.Token.IsCancellationRequested);
        Assert.Equal(AttemptOutcome.FirstTokenTimeout, clocks.Cause);
    }

    [Fact]
    public void After_a_token_the_next_one_has_its_own_time_from_then_on()
    {
        using var clocks = Clocks();
        Pass(29_000);
        for (var i = 0; i < 20; i++)
        {
            clocks.GotToken();
            Pass(7_999);
            Assert.False(clocks.Token.IsCancellationRequested);
        }

        Pass(1);

        Assert.True(clocks.Token.IsCancellationRequested);
        Assert.Equal(AttemptOutcome.StallTimeout, clocks.Cause);
    }

    [Theory]
    [InlineData(false, 30_000, AttemptOutcome.FirstTokenTimeout)]
    [InlineData(true, 8_000, AttemptOutcome.StallTimeout)]
    internal void A_comment_is_a_sign_of_life_for_ten_minutes(bool hasToken, int limit, AttemptOutcome cause)
    {
        using var clocks = Clocks();
        if (hasToken)
            clocks.GotToken();
        for (var passed = 0; passed < 600_000; passed += 5_000)
        {
            Pass(5_000);
            Assert.False(clocks.Token.IsCancellationRequested, $"ended after {passed} ms");
            clocks.Heard();
        }
        InSteps(limit + 1000);

        Assert.True(clocks.Token.IsCancellationRequested);
        Assert.Equal(cause, clocks.Cause);
    }

    [Fact]
    public void A_replica_that_says_for_ever_that_it_loads_is_believed_for_ten_minutes()
    {
        using var live = new ReplicaLive { Status = SomeReplica.Status(ShimVerdict.Ready) with { Loading = true } };
        using var clocks = new AttemptClocks(Limits, _time, new AttemptCancellation(_client.Token, _lost.Token, _deadline.Token), live);
        InSteps(599_000);
        Assert.False(clocks.Token.IsCancellationRequested);
        InSteps(3000);
        Assert.Equal((true, AttemptOutcome.FirstTokenTimeout), (clocks.Token.IsCancellationRequested, clocks.Cause));
    }

    [Fact]
    public void After_a_part_that_is_more_than_text_the_next_one_may_be_held_back()
    {
        using var clocks = Clocks();
        clocks.GotPiece();
        Pass(59_999);
        Assert.False(clocks.Token.IsCancellationRequested);
        clocks.GotToken();
        Pass(59_999);
        Assert.False(clocks.Token.IsCancellationRequested);
        Pass(1);
        Assert.Equal(AttemptOutcome.StallTimeout, clocks.Cause);
    }

    [Theory]
    [InlineData(false, true, false, true)] // it loads its model
    [InlineData(true, true, false, false)] // which says nothing of an answer that has begun
    [InlineData(true, false, true, true)] // it works, and sends nothing of it yet
    public void What_the_shim_knows_of_its_engine_explains_a_silence(bool hasToken, bool loads, bool holdsBack, bool waits)
    {
        using var live = new ReplicaLive
        {
            Status = SomeReplica.Status(ShimVerdict.Ready) with { Loading = loads ? true : null, HoldsBack = holdsBack ? true : null },
        };
        using var clocks = new AttemptClocks(Limits, _time, new AttemptCancellation(_client.Token, _lost.Token, _deadline.Token), live);
        if (hasToken)
            clocks.GotToken();
        InSteps(120_000);
        Assert.Equal(!waits, clocks.Token.IsCancellationRequested);
        live.Status = SomeReplica.Status(ShimVerdict.Ready);
        InSteps(1000);
        Assert.True(clocks.Token.IsCancellationRequested);
    }

    [Fact]
    public void While_the_client_is_written_to_no_time_runs_against_the_replica()
    {
        using var clocks = Clocks();
        clocks.GotToken();

        clocks.Pause();
        Pass(3_600_000);
        Assert.False(clocks.Token.IsCancellationRequested);

        clocks.GotToken();
        Pass(8000);
        Assert.Equal(AttemptOutcome.StallTimeout, clocks.Cause);
        Assert.True(clocks.Token.IsCancellationRequested);
    }

    [Fact]
    public void Each_end_from_outside_ends_the_attempt_under_its_own_name()
    {
        foreach (var (source, outcome) in ((CancellationTokenSource, AttemptOutcome)[])[
            (_deadline, AttemptOutcome.DeadlineExceeded), (_lost, AttemptOutcome.ReplicaLost), (_client, AttemptOutcome.ClientGone)])
        {
            using var clocks = Clocks();
            source.Cancel();

            Assert.True(clocks.Token.IsCancellationRequested);
            Assert.Equal(outcome, clocks.Cause); // what was cancelled before explains less
        }
    }

    [Fact]
    public void A_client_that_leaves_explains_a_timeout_that_came_first()
    {
        using var clocks = Clocks();
        Pass(30_000);

        _client.Cancel();

        Assert.Equal(AttemptOutcome.ClientGone, clocks.Cause);
    }

    [Theory]
    [InlineData(true, 1, true)]
    [InlineData(true, 0, false)]
    [InlineData(false, 1, false)]
    [InlineData(null, 1, false)]
    public void An_answer_that_may_wait_in_an_engine_that_works_has_its_time_until_nothing_waits_there_any_more(
        bool? works, int waiting, bool has)
    {
        var live = new ReplicaLive { Status = SomeReplica.Status(ShimVerdict.Ready) with { Works = works, Waiting = waiting } };
        using var clocks = Clocks(live);
        clocks.GotToken();

        Pass(9_000);
        Pass(60_000);
        Assert.Equal(!has, clocks.Token.IsCancellationRequested);
        live.Status = live.Status with { Waiting = 0 };
        Pass(500);

        Assert.Equal(AttemptOutcome.StallTimeout, clocks.Cause);
        Assert.True(clocks.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_look_that_comes_late_itself_is_taken_once_for_a_standstill_of_this_process()
    {
        using var clocks = Clocks();

        Pass(45_000); // nothing ran here meanwhile, whatever may have come
        Assert.False(clocks.Token.IsCancellationRequested);
        Pass(500);

        Assert.True(clocks.Token.IsCancellationRequested);
    }

    [Fact]
    public void When_the_attempt_is_over_no_clock_runs_on()
    {
        var clocks = Clocks();
        var token = clocks.Token;
        clocks.Dispose();

        Pass(3_600_000);

        Assert.False(token.IsCancellationRequested);
    }

    public void Dispose()
    {
        _client.Dispose();
        _lost.Dispose();
        _deadline.Dispose();
    }

    private AttemptClocks Clocks(ReplicaLive? live = null) => new(Limits, _time, new(_client.Token, _lost.Token, _deadline.Token), live);

    /// <summary>Lets time pass so that every timer fires in time.</summary>
    private void InSteps(int milliseconds)
    {
        for (var passed = 0; passed < milliseconds; passed += 250)
            Pass(250);
    }

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
