using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Gateway.Forwarding;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class HedgesTests
{
    private readonly ReplicaTable _table = new();
    private readonly ManualTimeProvider _time = new();
    private readonly List<Replica> _replicas = [SomeReplica.Healthy("a"), SomeReplica.Healthy("b")];
    private int _queued;

    public HedgesTests() => _table.Publish(new ReplicaSet(_replicas));

    [Theory]
    [InlineData(0.5, 500)]
    [InlineData(0.01, 250)] // the floor
    public void A_second_replica_is_asked_after_what_nearly_all_first_tokens_need(double seconds, int milliseconds)
    {
        See(16, seconds);

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds),
            Hedges().Open(_replicas[0], SomeResponse.Request() with { Prompt = new PromptSize(488, 0) })!.LateAfter);
    }

    [Fact]
    public void Before_enough_was_seen_a_second_replica_is_asked_after_a_default_that_grows_with_the_prompt()
    {
        See(15, 0.5);

        Assert.Equal(TimeSpan.FromSeconds(3 * 1),
            Hedges().Open(_replicas[0], SomeResponse.Request() with { Prompt = new PromptSize(0, 0) })!.LateAfter);
        Assert.Equal(TimeSpan.FromSeconds(3 * 4),
            Hedges().Open(_replicas[0], SomeResponse.Request() with { Prompt = new PromptSize(512, 512) })!.LateAfter);
    }

    [Fact]
    public void Nobody_else_is_asked_where_there_is_nobody_or_where_it_is_not_wanted()
    {
        Assert.NotNull(Hedges().Open(_replicas[0], SomeResponse.Request()));
        Assert.Null(Hedges(new FailoverOptions { Hedge = false }).Open(_replicas[0], SomeResponse.Request()));

        _table.Publish(new ReplicaSet(_replicas[..1]));
        Assert.Null(Hedges().Open(_replicas[0], SomeResponse.Request()));
    }

    [Fact]
    public void Nobody_else_is_asked_while_somebody_waits_for_a_place_or_the_other_is_full_or_the_budget_is_spent()
    {
        Assert.True(Hedges().Allows(_replicas[1]));
        Assert.False(Hedges(new FailoverOptions { RetryBudgetFloor = 0 }).Allows(_replicas[1]));
        Assert.False(Hedges().Allows(SomeReplica.Healthy("full", capacity: 4, load: 4)));

        _queued = 1;
        Assert.False(Hedges().Allows(_replicas[1]));
    }

    [Fact]
    public void Those_that_were_not_waited_for_count_for_at_least_as_long_as_they_were_waited_for()
    {
        See(15, 0.5);
        foreach (var replica in _replicas)
            replica.Live.Latency.Saw(new AttemptReport(AttemptOutcome.HedgeLost, new PromptSize(488, 0), InVain: TimeSpan.FromSeconds(3)));

        Assert.Equal(TimeSpan.FromSeconds(3),
            Hedges().Open(_replicas[0], SomeResponse.Request() with { Prompt = new PromptSize(488, 0) })!.LateAfter);
        // Nor are they anything that health could hold against anybody.
        Assert.Equal(15, _replicas[0].Live.Latency.FirstTokens(new FirstTokenSample[64]));
    }

    private Hedges Hedges(FailoverOptions? options = null) => new(new FleetLatency(_table, _time), _table,
        new RetryBudget(Options.Create(options ?? new()), SomeMetrics.New(), _time), SomeMetrics.New(), Options.Create(options ?? new()),
        () => _queued);

    private void See(int times, double seconds)
    {
        foreach (var replica in _replicas)
        {
            for (var i = 0; i < times; i++)
                replica.Live.Latency.Saw(new AttemptReport(AttemptOutcome.Completed, new PromptSize(488, 0),
                    TimeSpan.FromSeconds(seconds)));
        }
    }
}
