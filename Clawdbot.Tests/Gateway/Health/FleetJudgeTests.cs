using System.Diagnostics.Metrics;
using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Clawdbot.Tests.Gateway.Health;

/// <summary>What is held against a replica, and what against the gateway itself.</summary>
public sealed class FleetJudgeTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<WatchedReplica> _fleet = [];
    private readonly FleetJudge _judge;
    private MonotonicTime _now = new(TimeSpan.TicksPerDay);

    public FleetJudgeTests() => _judge = new FleetJudge(
        Options.Create(new HealthOptions()),
        new GatewayMetrics(_services.GetRequiredService<IMeterFactory>(), new ReplicaTable()), NullLogger<FleetJudge>.Instance);

    public void Dispose() => _services.Dispose();

    [Fact]
    public void When_most_replicas_fail_in_the_same_moment_none_is_ejected_and_the_reason_says_so()
    {
        Serve(4);
        for (var strike = 0; strike < 5; strike++)
            _fleet.Take(3).ToList().ForEach(r => Strike(r));

        Assert.DoesNotContain(_fleet, r => r.Health.State == ReplicaState.Ejected);
        Assert.Contains("kept, because most of the fleet looks sick (3 of 4)", _fleet[2].Health.Reason, StringComparison.Ordinal);
        Assert.Equal("most of the fleet looks sick (3 of 4)", _judge.Doubt(_now));
        Pass(11);
        Assert.Null(_judge.Doubt(_now));
    }

    [Fact]
    public void When_half_of_them_fail_in_the_same_moment_it_is_theirs()
    {
        Serve(4);
        for (var strike = 0; strike < 3; strike++)
            _fleet.Take(2).ToList().ForEach(r => Strike(r));

        Assert.Equal([ReplicaState.Ejected, ReplicaState.Ejected, ReplicaState.Healthy, ReplicaState.Healthy],
            _fleet.Select(r => r.Health.State));
        Assert.Null(_judge.Doubt(_now));
    }

    [Fact]
    public void The_last_replica_that_serves_is_not_given_up_for_being_doubtful()
    {
        Serve(4);
        _fleet.Take(3).ToList().ForEach(r => r.Health.Eject(EjectionCause.Exited, "dead", _now));
        for (var strike = 0; strike < 5; strike++)
            Strike(_fleet[3]);

        Assert.Equal(ReplicaState.Suspect, _fleet[3].Health.State);
    }

    [Fact]
    public void Replicas_of_other_models_count_neither_for_one_nor_against_it()
    {
        Serve(2);
        Serve(4, model: "other");
        for (var strike = 0; strike < 3; strike++)
            _fleet.Take(2).ToList().ForEach(r => Strike(r));

        Assert.DoesNotContain(_fleet,
            r => r.Health.State == ReplicaState.Ejected && r.Health.Ejection == EjectionCause.Strikes && r == _fleet[1]);
    }

    [Theory]
    [InlineData(AttemptOutcome.FirstTokenTimeout, false)]
    [InlineData(AttemptOutcome.StallTimeout, false)]
    [InlineData(AttemptOutcome.ServerError, true)]
    public void What_ran_out_of_time_while_the_gateway_stood_still_is_not_held_against_a_replica(object outcome, bool counts)
    {
        Serve(4);
        _judge.Late(TimeSpan.FromSeconds(1.2), _now);
        Assert.Equal("this gateway stood still for 1.2 s", _judge.Doubt(_now));

        Strike(_fleet[0], (AttemptOutcome)outcome);
        Assert.Equal(counts ? ReplicaState.Suspect : ReplicaState.Healthy, _fleet[0].Health.State);

        Pass(1);
        Strike(_fleet[1], (AttemptOutcome)outcome);
        Assert.Equal(ReplicaState.Suspect, _fleet[1].Health.State);
    }

    [Fact]
    public void A_slow_one_of_four_becomes_suspect_then_is_ejected_and_comes_back_when_it_is_fast()
    {
        Serve(4);
        Answer(r => r == _fleet[1] ? 4.2 : 0.9);
        Look();
        Assert.Equal((ReplicaState.Suspect, "first tokens 4.2 s, the others 0.9 s"), (_fleet[1].Health.State, _fleet[1].Health.Reason));

        Live(10, slow: 4.2);
        Assert.Equal((ReplicaState.Ejected, EjectionCause.Slow), (_fleet[1].Health.State, _fleet[1].Health.Ejection));
        Assert.Equal(3, _fleet.Count(r => r.Health.State == ReplicaState.Healthy));

        Pass(5);
        _fleet[1].Health.StatusReceived(SomeReplica.Status(ShimVerdict.Ready), _now);
        Assert.Equal(ReplicaState.Probation, _fleet[1].Health.State);
        Live(2, slow: 0.9);
        Assert.Equal(ReplicaState.Healthy, _fleet[1].Health.State);
    }

    [Fact]
    public void What_was_waited_for_in_vain_counts_against_the_one_that_was_outrun()
    {
        Serve(4);
        Answer(_ => 0.9);
        for (var i = 0; i < 40; i++)
            _judge.Ended(_fleet[1], new AttemptReport(AttemptOutcome.ClientGone, new PromptSize(100, 0), InVain: TimeSpan.FromSeconds(2)),
                _fleet, _now);
        Look();

        Assert.Equal((ReplicaState.Suspect, "first tokens more than 2.0 s, the others 0.9 s"),
            (_fleet[1].Health.State, _fleet[1].Health.Reason));
    }

    [Fact]
    public void Attempts_that_were_outrun_are_taken_to_be_as_long_as_those_that_were_not()
    {
        Serve(4);
        Answer(_ => 0.02);
        for (var i = 0; i < 64; i++)
        {
            _judge.Ended(_fleet[1],
                new AttemptReport(i % 2 == 0 ? AttemptOutcome.Completed : AttemptOutcome.ClientGone, new PromptSize(100, 0),
                i % 2 == 0 ? TimeSpan.FromSeconds(2.5) : null, InVain: TimeSpan.FromSeconds(0.2)), _fleet, _now);
        }
        Look();

        Assert.Equal((ReplicaState.Suspect, "first tokens 2.5 s, the others 0.0 s"), (_fleet[1].Health.State, _fleet[1].Health.Reason));
    }

    [Fact]
    public void Nobody_is_ejected_for_being_slow_together_with_the_others()
    {
        Serve(4);
        for (var second = 0; second < 60; second++)
        {
            Answer(_ => 0.2 + second); // slower and slower
            Look();
        }

        Assert.All(_fleet, r => Assert.Equal(ReplicaState.Healthy, r.Health.State));
    }

    [Fact]
    public void A_slow_one_stays_while_the_others_have_no_room_for_what_it_carries()
    {
        Serve(3, load: 3);
        Answer(r => r == _fleet[1] ? 4.2 : 0.9);
        Look();
        Live(15, slow: 4.2);

        Assert.Equal(ReplicaState.Suspect, _fleet[1].Health.State);
        Assert.EndsWith("kept, because the others have no room for its load", _fleet[1].Health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slower_model_under_the_same_name_is_not_slow()
    {
        Serve(3);
        Serve(1, served: "large");
        Answer(r => r == _fleet[3] ? 4.2 : 0.9);
        Look();

        Assert.All(_fleet, r => Assert.Equal(ReplicaState.Healthy, r.Health.State));
    }

    [Fact]
    public void What_another_process_did_at_the_same_address_is_forgotten()
    {
        Serve(4);
        Answer(r => r == _fleet[1] ? 4.2 : 0.9);
        _fleet[1].Heard(SomeReplica.Status(ShimVerdict.Ready) with { Instance = "another" }, _now);
        Look();

        Assert.Equal(ReplicaState.Healthy, _fleet[1].Health.State);
    }

    private void Serve(int replicas, string model = SomeReplica.Model, int load = 0, string? served = null)
    {
        for (var i = 0; i < replicas; i++)
        {
            var replica = new WatchedReplica(new ReplicaEndpoint($"{model}{i}", "test", new Uri("http://r:1")), new HealthOptions(), _now);
            var status = SomeReplica.Status(ShimVerdict.Ready, model, load: load) with { ServedModel = served };
            replica.Heard(status, _now);
            replica.Health.StatusReceived(status, _now);
            _fleet.Add(replica);
        }
    }

    private void Live(int seconds, double slow)
    {
        for (var second = 0; second < seconds; second++)
        {
            Pass(1);
            Answer(r => r == _fleet[1] ? slow : 0.9);
            Look();
        }
    }

    /// <summary>Enough answers of each to speak of it.</summary>
    private void Answer(Func<WatchedReplica, double> firstToken)
    {
        foreach (var replica in _fleet.Where(r => r.Health.State.IsServing()))
        {
            for (var i = 0; i < Outliers.Fewest; i++)
                _judge.Ended(replica,
                    new AttemptReport(AttemptOutcome.Completed, new PromptSize(100, 0), TimeSpan.FromSeconds(firstToken(replica)), 2),
                    _fleet, _now);
        }
    }

    private void Strike(WatchedReplica replica, AttemptOutcome outcome = AttemptOutcome.ServerError) =>
        _judge.Ended(replica, new AttemptReport(outcome), _fleet, _now);

    private void Look()
    {
        Pass(1);
        _judge.Look(_fleet, _now);
    }

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
