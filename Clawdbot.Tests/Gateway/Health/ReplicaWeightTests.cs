using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Xunit;

namespace Clawdbot.Tests.Gateway.Health;

/// <summary>How much of its load a replica is given, as time passes.</summary>
public sealed class ReplicaWeightTests
{
    private static readonly HealthOptions Options = new();
    private ReplicaHealth _health = new(Options, default);
    private MonotonicTime _now;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_replica_that_comes_or_comes_back_takes_its_load_up_over_ten_seconds(bool comesBack)
    {
        Ready();
        if (comesBack)
        {
            Pass(100);
            _health.Eject(EjectionCause.Exited, "the test says so", _now);
            Pass(100);
            Ready();
            Assert.Equal(ReplicaState.Probation, _health.State);
        }
        var seen = new List<double>();
        for (var second = 0; second <= 10; second++)
        {
            seen.Add(Math.Round(_health.Weight(_now), 2));
            Pass(1);
            Ready();
        }

        Assert.Equal([0.2, 0.28, 0.36, 0.44, 0.52, 0.6, 0.68, 0.76, 0.84, 0.92, 1], seen);
        Assert.Equal(ReplicaState.Healthy, _health.State);
    }

    [Fact]
    public void Without_slow_start_it_has_its_share_at_once_and_less_only_on_trial()
    {
        _health = new ReplicaHealth(new HealthOptions { SlowStartSeconds = 0 }, _now);
        Ready();
        Assert.Equal(1, _health.Weight(_now));

        _health.Eject(EjectionCause.Exited, "the test says so", _now);
        Ready();
        Assert.Equal(0.25, _health.Weight(_now));
        Ready();
        Assert.Equal(1, _health.Weight(_now));
    }

    [Fact]
    public void A_strike_takes_three_quarters_of_it_for_as_long_as_it_is_fresh()
    {
        Serve();
        _health.Struck(AttemptOutcome.ServerError, null, _now);
        Assert.Equal(0.25, _health.Weight(_now));

        Pass(4);
        Ready();
        Assert.Equal(1, _health.Weight(_now));
    }

    [Fact]
    public void A_slow_one_gets_less_in_proportion_is_out_after_ten_seconds_and_for_longer_each_time_that_it_comes_back_slow()
    {
        Serve();
        Slow(4);
        Assert.Equal((ReplicaState.Suspect, 0.25, "first tokens 4.0 s, the others 1.0 s"),
            (_health.State, _health.Weight(_now), _health.Reason));
        Pass(9);
        _health.Succeeded(_now);
        _health.Succeeded(_now); // its answers are right: that does not make them fast
        Slow(50);
        Assert.Equal((ReplicaState.Suspect, 0.1), (_health.State, _health.Weight(_now)));

        Pass(1);
        Slow(4);
        Assert.Equal((ReplicaState.Ejected, EjectionCause.Slow, "first tokens 4.0 s, the others 1.0 s; out for 5 s"),
            (_health.State, _health.Ejection, _health.Reason));
        foreach (var seconds in (int[])[5, 10, 20])
        {
            Pass(seconds);
            Ready();
            Assert.Equal((ReplicaState.Probation, 0.2), (_health.State, _health.Weight(_now)));
            Pass(9);
            Ready();
            Assert.Equal(ReplicaState.Probation, _health.State); // until it was compared again, whatever else passes
            Slow(4);
            Assert.EndsWith($"out for {seconds * 2} s", _health.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_slow_one_that_is_as_fast_as_the_others_again_is_well_at_once()
    {
        Serve();
        Slow(4);
        _health.Compared(Comparison.Unknown, null, _now);
        Assert.Equal(ReplicaState.Suspect, _health.State);

        _health.Compared(Comparison.Fair, null, _now);

        Assert.Equal((ReplicaState.Healthy, 1), (_health.State, _health.Weight(_now)));
    }

    [Fact]
    public void A_slow_one_that_is_needed_stays_with_little_weight_and_says_why()
    {
        Serve();
        Slow(4);
        Pass(20);
        _health.Compared(new Comparison(Standing.Slow, 4, "slow"), "the others have no room for its load", _now);

        Assert.Equal((ReplicaState.Suspect, 0.25, "slow; kept, because the others have no room for its load"),
            (_health.State, _health.Weight(_now), _health.Reason));
    }

    private void Serve()
    {
        Ready();
        Pass(100);
    }

    private void Ready() => _health.StatusReceived(SomeReplica.Status(ShimVerdict.Ready), _now);

    private void Slow(double times) =>
        _health.Compared(new Comparison(Standing.Slow, times, $"first tokens {times:0.0} s, the others 1.0 s"), null, _now);

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
