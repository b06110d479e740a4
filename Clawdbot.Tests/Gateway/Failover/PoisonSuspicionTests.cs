using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Gateway.Forwarding;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class PoisonSuspicionTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ResponseState _response = SomeResponse.Of(SomeResponse.Request());
    private readonly PoisonSuspicion _suspicion;

    public PoisonSuspicionTests() => _suspicion = new PoisonSuspicion(_response, _time);

    [Theory]
    [InlineData("ConnectionReset", null)]
    [InlineData("ReplicaLost", null)]
    [InlineData("EngineError", "engine_cut")]
    [InlineData("ServerError", "engine_unreachable")]
    public async Task Two_deaths_under_it_alone_prove_it(string outcome, string? code)
    {
        await DieAsync(outcome, code);
        Assert.True(_suspicion is { IsSuspect: true, IsGrave: false, IsProven: false });

        await DieAsync(outcome, code);
        Assert.True(_suspicion is { IsGrave: true, IsProven: true });
    }

    [Theory]
    [InlineData(false, "Verdict", "Verdict")]
    [InlineData(true, "Verdict", "Verdict", "Verdict")]
    [InlineData(false, "EngineDied", "Verdict")]
    [InlineData(true, "EngineDied", "Verdict", "Verdict")]
    [InlineData(true, "EngineDied", "EngineDied")]
    public async Task An_engine_that_hung_is_weaker_evidence_than_one_that_died(bool proven, params string[] causes)
    {
        foreach (var cause in causes)
            await DieAsync("ReplicaLost", cause: cause);

        Assert.Equal((true, proven), (_suspicion.IsSuspect, _suspicion.IsProven));
    }

    [Fact]
    public async Task With_others_there_a_death_proves_nothing_however_often_it_happens()
    {
        for (var i = 0; i < 10; i++)
            await DieAsync("ReplicaLost", wasAlone: false);

        Assert.True(_suspicion is { IsGrave: true, IsProven: false });
    }

    [Theory]
    [InlineData("ConnectFailed", "Exited")] // it never got there
    [InlineData("Unproven", "Unproven")]
    [InlineData("ReplicaLost", "Silent")] // stopped, or cut off
    [InlineData("ReplicaLost", "None")] // left the fleet
    [InlineData("FirstTokenTimeout", "Exited")]
    [InlineData("ServerError", "Exited")] // its own words, and then something else happened
    public async Task What_is_no_death_of_its_making_makes_no_suspect(string outcome, string cause)
    {
        await DieAsync(outcome, cause: cause);

        Assert.False(_suspicion.IsSuspect);
    }

    [Fact]
    public async Task A_connection_that_broke_on_a_replica_that_lives_on_is_no_death()
    {
        var considered = _suspicion.ConsiderAsync(SomeReplica.Healthy(), Result("ConnectionReset")).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await considered;

        Assert.False(_suspicion.IsSuspect);
    }

    [Fact]
    public async Task The_gateway_may_hear_of_the_death_a_little_later_than_the_attempt()
    {
        var replica = SomeReplica.Healthy();
        var considered = _suspicion.ConsiderAsync(replica, Result("ConnectionReset")).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Kill(replica, EjectionCause.ConnectionLost);
        await considered;

        Assert.True(_suspicion.IsSuspect);
    }

    [Theory]
    [InlineData(1.5, true)]
    [InlineData(2.5, false)] // by then it may have died of anything
    public async Task Heard_of_even_later_it_counts_with_the_next_failure(double secondsLater, bool counts)
    {
        await DieUnheardAsync();
        _time.Advance(TimeSpan.FromSeconds(secondsLater));
        Assert.False(_suspicion.IsSuspect);

        await DieAsync("ReplicaLost");
        Assert.Equal((true, counts, counts), (_suspicion.IsSuspect, _suspicion.IsGrave, _suspicion.IsProven));
        await DieAsync("ReplicaLost", wasAlone: false);
        Assert.Equal(counts, _suspicion.IsProven); // and once only
    }

    [Fact]
    public async Task Heard_of_when_there_is_a_token_it_proves_nothing()
    {
        await DieAsync("ReplicaLost");
        await DieUnheardAsync();
        SomeResponse.Token(_response, "a", id: 1);
        await DieAsync("ReplicaLost");

        Assert.False(_suspicion.IsProven);
    }

    [Fact]
    public async Task Whoever_has_had_a_token_kills_nobody()
    {
        SomeResponse.Token(_response, "a", id: 1);
        await DieAsync("ReplicaLost");

        Assert.False(_suspicion.IsSuspect);
    }

    [Fact]
    public async Task With_its_first_token_it_is_a_suspect_no_longer()
    {
        await DieAsync("ReplicaLost", wasAlone: false);
        await DieAsync("ReplicaLost", wasAlone: false);
        Assert.True(_suspicion.IsGrave);

        SomeResponse.Token(_response, "a", id: 1);
        // A death from now on must not make it wait for a replica of its own.
        Assert.True(_suspicion is { IsSuspect: false, IsGrave: false });
    }

    private async Task DieAsync(string outcome, string? code = null, bool wasAlone = true, string cause = "ConnectionLost")
    {
        var replica = SomeReplica.Healthy();
        Kill(replica, Enum.Parse<EjectionCause>(cause));
        await _suspicion.ConsiderAsync(replica, Result(outcome, code) with { WasAlone = wasAlone });
    }

    /// <summary>Dies, and the gateway hears of it after the grace.</summary>
    private async Task DieUnheardAsync()
    {
        var replica = SomeReplica.Healthy();
        var considered = _suspicion.ConsiderAsync(replica, Result("ConnectionReset") with { WasAlone = true }).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await considered;
        Kill(replica, EjectionCause.ConnectionLost);
    }

    private static void Kill(Replica replica, EjectionCause cause)
    {
        replica.Live.LostBy = cause;
        replica.Live.Lose();
    }

    private static AttemptResult Result(string outcome, string? code = null) =>
        new(Enum.Parse<AttemptOutcome>(outcome), Error: code is null ? null : new GenerationError(code, ""))
        {
            Progress = new AttemptProgress(0),
        };
}
