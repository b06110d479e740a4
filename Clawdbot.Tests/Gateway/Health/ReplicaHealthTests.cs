using Clawdbot.Gateway.Health;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Health;

public sealed class ReplicaHealthTests
{
    private static readonly HealthOptions Options = new();
    private readonly ReplicaHealth _health;
    private MonotonicTime _now;

    public ReplicaHealthTests() => _health = new ReplicaHealth(Options, _now);

    [Fact]
    public void A_replica_that_says_ready_for_the_first_time_serves_at_once()
    {
        Assert.Equal(ReplicaState.Starting, _health.State);

        Assert.True(Says(ShimVerdict.Ready));

        Assert.Equal((ReplicaState.Healthy, EjectionCause.None), (_health.State, _health.Ejection));
    }

    [Fact]
    public void A_replica_that_never_served_and_refuses_connections_is_starting_and_not_dead()
    {
        Assert.True(Eject(EjectionCause.ConnectionLost));

        Assert.Equal((ReplicaState.Starting, EjectionCause.None), (_health.State, _health.Ejection));
    }

    [Theory]
    [InlineData(EjectionCause.Exited)]
    [InlineData(EjectionCause.ConnectionLost)]
    [InlineData(EjectionCause.Silent)]
    [InlineData(EjectionCause.Verdict)]
    [InlineData(EjectionCause.EngineDied)]
    [InlineData(EjectionCause.Unproven)]
    public void Hard_evidence_ejects_at_once_and_two_ready_statuses_bring_it_back(object evidence)
    {
        var cause = (EjectionCause)evidence;
        Says(ShimVerdict.Ready);

        Assert.True(Eject(cause));
        Assert.Equal((ReplicaState.Ejected, cause), (_health.State, _health.Ejection));

        Assert.True(Says(ShimVerdict.Ready));
        Assert.Equal(ReplicaState.Probation, _health.State);
        Assert.True(Says(ShimVerdict.Ready));
        Assert.Equal((ReplicaState.Healthy, EjectionCause.None), (_health.State, _health.Ejection));
    }

    [Fact]
    public void The_shims_own_verdict_is_hard_evidence()
    {
        Says(ShimVerdict.Ready);

        Assert.True(Says(ShimVerdict.Sick));

        Assert.Equal((ReplicaState.Ejected, EjectionCause.Verdict, "says Sick"), (_health.State, _health.Ejection, _health.Reason));
    }

    [Fact]
    public void The_first_two_strikes_make_a_suspect_and_the_third_ejects()
    {
        Says(ShimVerdict.Ready);

        Assert.True(Strike());
        Assert.Equal(ReplicaState.Suspect, _health.State);
        Assert.True(Strike());
        Assert.Equal(ReplicaState.Suspect, _health.State);
        Assert.True(Strike());
        Assert.Equal((ReplicaState.Ejected, EjectionCause.Strikes), (_health.State, _health.Ejection));
    }

    [Fact]
    public void A_success_between_strikes_makes_them_count_from_the_start()
    {
        Says(ShimVerdict.Ready);
        foreach (var _ in Enumerable.Range(0, 10))
        {
            Strike();
            Strike();
            _health.Succeeded(_now);
        }

        Assert.NotEqual(ReplicaState.Ejected, _health.State);
    }

    [Fact]
    public void Two_successes_clear_a_suspect()
    {
        Says(ShimVerdict.Ready);
        Strike();

        Assert.False(_health.Succeeded(_now));
        Assert.True(_health.Succeeded(_now));

        Assert.Equal(ReplicaState.Healthy, _health.State);
    }

    [Fact]
    public void A_suspect_against_which_nothing_more_comes_is_healthy_after_a_while()
    {
        Says(ShimVerdict.Ready);
        Strike();
        Pass(Options.SuspicionMilliseconds);
        Assert.False(Says(ShimVerdict.Ready));

        Pass(1);

        Assert.True(Says(ShimVerdict.Ready));
        Assert.Equal(ReplicaState.Healthy, _health.State);
    }

    [Fact]
    public void A_softly_ejected_replica_stays_out_for_its_time_however_ready_it_says_it_is()
    {
        Says(ShimVerdict.Ready);
        StrikeOut();

        Pass(Options.SoftEjectionMilliseconds - 1);
        Assert.False(Says(ShimVerdict.Ready));
        Assert.Equal(ReplicaState.Ejected, _health.State);

        Pass(1);
        Assert.True(Says(ShimVerdict.Ready));
        Assert.Equal(ReplicaState.Probation, _health.State);
    }

    [Fact]
    public void One_strike_ends_a_trial_and_the_next_ejection_is_twice_as_long_up_to_sixteen_times()
    {
        Says(ShimVerdict.Ready);
        StrikeOut();
        foreach (var times in (int[])[1, 2, 4, 8, 16, 16, 16])
        {
            Pass(times * Options.SoftEjectionMilliseconds - 1);
            Says(ShimVerdict.Ready);
            Assert.Equal(ReplicaState.Ejected, _health.State);
            Pass(1);
            Says(ShimVerdict.Ready);
            Assert.Equal(ReplicaState.Probation, _health.State);
            Strike();
            Assert.Equal((ReplicaState.Ejected, EjectionCause.Strikes), (_health.State, _health.Ejection));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_length_of_soft_ejections_starts_anew_after_a_return_to_healthy(bool diedMeanwhile)
    {
        Says(ShimVerdict.Ready);
        StrikeOut();
        if (diedMeanwhile)
            Eject(EjectionCause.Exited);
        Pass(10 * Options.SoftEjectionMilliseconds);
        Says(ShimVerdict.Ready);
        Pass(10 * Options.SuspicionMilliseconds);
        Says(ShimVerdict.Ready);
        Assert.Equal(ReplicaState.Healthy, _health.State);

        StrikeOut();
        Pass(Options.SoftEjectionMilliseconds);
        Says(ShimVerdict.Ready);

        Assert.Equal(ReplicaState.Probation, _health.State);
    }

    [Fact]
    public void When_most_of_the_fleet_looks_sick_strikes_make_a_suspect_and_never_eject()
    {
        Says(ShimVerdict.Ready);
        foreach (var _ in Enumerable.Range(0, 10))
            Strike("most of the fleet looks sick");

        Assert.Equal(ReplicaState.Suspect, _health.State);
        Assert.Contains("most of the fleet", _health.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Hard_evidence_against_a_softly_ejected_replica_makes_it_a_hard_ejection()
    {
        Says(ShimVerdict.Ready);
        StrikeOut();

        Assert.True(Eject(EjectionCause.Silent));
        Assert.Equal(EjectionCause.Silent, _health.Ejection);

        Says(ShimVerdict.Ready);
        Assert.Equal(ReplicaState.Probation, _health.State);
    }

    [Fact]
    public void Hard_evidence_in_between_makes_the_ready_statuses_count_from_the_start()
    {
        Says(ShimVerdict.Ready);
        Eject(EjectionCause.Silent);
        Says(ShimVerdict.Ready);
        Eject(EjectionCause.Silent);

        Says(ShimVerdict.Ready);

        Assert.Equal(ReplicaState.Probation, _health.State);
    }

    [Fact]
    public void A_draining_replica_is_no_suspect_and_serves_again_when_it_returns()
    {
        Says(ShimVerdict.Ready);

        Assert.True(Says(ShimVerdict.Draining));
        Assert.Equal(ReplicaState.Draining, _health.State);
        Assert.False(Strike());
        Assert.Equal(ReplicaState.Draining, _health.State);

        Assert.True(Says(ShimVerdict.Ready));
        Assert.Equal(ReplicaState.Healthy, _health.State);
    }

    [Fact]
    public void A_draining_replica_whose_process_ends_is_ejected()
    {
        Says(ShimVerdict.Ready);
        Says(ShimVerdict.Draining);

        Eject(EjectionCause.Exited);

        Assert.Equal(ReplicaState.Ejected, _health.State);
    }

    [Fact]
    public void The_same_news_again_is_no_news()
    {
        Says(ShimVerdict.Ready);
        Assert.False(Says(ShimVerdict.Ready));
        Eject(EjectionCause.Exited);
        Assert.False(Eject(EjectionCause.Exited));
    }

    private bool Says(ShimVerdict verdict) => _health.StatusReceived(SomeReplica.Status(verdict), _now);

    private bool Eject(EjectionCause cause) => _health.Eject(cause, "the test says so", _now);

    private bool Strike(string? doubt = null) => _health.Struck(AttemptOutcome.ServerError, doubt, _now);

    private void StrikeOut()
    {
        foreach (var _ in Enumerable.Range(0, Options.StrikesOut))
            Strike();
        Assert.Equal(ReplicaState.Ejected, _health.State);
    }

    private void Pass(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);
}
