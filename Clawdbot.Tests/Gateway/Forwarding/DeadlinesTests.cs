using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Forwarding;

public sealed class DeadlinesTests
{
    private static readonly PromptSize Small = new(488, 0); // weighs 1,000

    private readonly ReplicaTable _table = new();
    private readonly ManualTimeProvider _time = new();
    private readonly List<Replica> _replicas = [.. Enumerable.Range(0, 3).Select(i => SomeReplica.Healthy($"r{i}"))];
    private readonly Deadlines _deadlines;

    public DeadlinesTests()
    {
        _table.Publish(new ReplicaSet(_replicas));
        _deadlines = new Deadlines(new FleetLatency(_table, _time), Options.Create(new ForwardingOptions()));
    }

    [Fact]
    public void Before_enough_was_seen_a_first_token_has_ten_times_a_default_that_grows_with_the_prompt()
    {
        foreach (var replica in _replicas)
            See(replica, 15, 0.001, 0.001);

        Assert.Equal(Limits(10 * 1000 / 512.0, 8), Of(_replicas[0]));
        Assert.Equal(TimeSpan.FromSeconds(10 * 2000 / 512.0), Of(_replicas[0], new PromptSize(488, 500)).First);
        Assert.Equal(TimeSpan.FromSeconds(4 * 30), Of(_replicas[0], new PromptSize(100_000, 0)).First); // no longer than that
        Assert.Equal(TimeSpan.FromSeconds(30 / 3), Of(_replicas[0], new PromptSize(0, 0)).First); // no shorter
    }

    [Theory]
    [InlineData(2, 0.3, 20, 6)] // ten times what most needed, twenty times the gaps that most had
    [InlineData(0.01, 0.01, 10, 4)] // however fast it is
    [InlineData(50, 3, 120, 16)] // however slow
    public void They_follow_what_the_fleet_shows_within_bounds(double first, double gap, double wantedFirst, double wantedNext)
    {
        foreach (var replica in _replicas)
            See(replica, 24, first, gap);

        Assert.Equal(Limits(wantedFirst, wantedNext), Of(_replicas[0]));
    }

    [Theory]
    [InlineData(1488, 0, 40)]
    [InlineData(488, 500, 40)] // a token of a picture is two
    public void A_prompt_twice_as_heavy_has_twice_the_time(int text, int pictures, double seconds)
    {
        foreach (var replica in _replicas)
            See(replica, 24, 2, 0.3);

        Assert.Equal(TimeSpan.FromSeconds(seconds), Of(_replicas[0], new PromptSize(text, pictures)).First);
    }

    [Fact]
    public void A_slow_replica_has_its_own_time_and_changes_nothing_for_the_others()
    {
        See(_replicas[0], 24, 1.5, 0.3);
        See(_replicas[1], 24, 2, 0.3);
        See(_replicas[2], 24, 6, 0.6);

        Assert.Equal(Limits(60, 12), Of(_replicas[2]));
        Assert.Equal(Limits(20, 6), Of(_replicas[0]));
    }

    [Fact]
    public void One_answer_in_twenty_may_be_as_slow_as_it_likes()
    {
        foreach (var replica in _replicas)
        {
            See(replica, 2, 9, 1);
            See(replica, 38, 2, 0.3);
        }

        Assert.Equal(TimeSpan.FromSeconds(20), Of(_replicas[0]).First);
    }

    [Fact]
    public void What_was_delivered_is_read_behind_the_prompt()
    {
        var request = SomeResponse.Request() with { Prompt = Small };

        Assert.Equal(TimeSpan.FromSeconds(10 * 2000 / 512.0), _deadlines.For(_replicas[0], request, delivered: 1000).First);
    }

    [Theory]
    [InlineData(true, 8)]
    [InlineData(false, 60)] // a tool call is held back until it is whole
    public void Silence_is_normal_where_more_than_text_is_asked_for(bool onlyText, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), _deadlines.For(_replicas[0], SomeResponse.Request(onlyText: onlyText)).Next);

    private TokenLimits Of(Replica replica, PromptSize? prompt = null, long promptBytes = 0)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return _deadlines.For(replica, SomeResponse.Request() with { Prompt = prompt ?? Small, PromptBytes = promptBytes });
    }

    private static void See(Replica replica, int times, double first, double gap)
    {
        for (var i = 0; i < times; i++)
            replica.Live.Latency.Saw(new AttemptReport(AttemptOutcome.Completed, Small, TimeSpan.FromSeconds(first), 10,
                TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(gap)));
    }

    private static TokenLimits Limits(double first, double next) => new(
        TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(next), HeldBack: TimeSpan.FromSeconds(60), Heard: TimeSpan.FromSeconds(600));
}
