using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What is spent on failure, and what is not.</summary>
public sealed class RetryTests(RetryTests.FleetWithoutBudget without) : IClassFixture<RetryTests.FleetWithoutBudget>
{
    [Fact]
    public async Task When_the_budget_is_spent_and_nobody_is_well_a_request_is_told_so_instead_of_being_begun_anew()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2, "--Failover:RetryBudgetPercent=0", "--Failover:RetryBudgetFloor=1");
        for (var i = 0; i < 2; i++)
            fleet.Refuse(500);

        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal((502, "retry_budget_exhausted"), (seen.Status, seen.ErrorCode));
        Assert.InRange(seen.RetryAfter!.Value, 1, 60);
        Assert.Equal(2, fleet.Generations); // the floor allowed one
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_retries_refused_total", "what=\"retry\""));
        Assert.InRange(await fleet.Gateway.MetricAsync("clawdbot_gateway_retry_budget"), 0, 0.9);
    }

    [Fact]
    public async Task Without_a_budget_one_that_is_well_is_asked_all_the_same()
    {
        var fleet = await without.HealthyAsync();
        for (var i = 0; i < 2; i++)
            fleet.Refuse(500);

        Assert.Equal(HostileShim.Answer, (await fleet.Gateway.Chat.AskAsync("count", stream: true)).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_budget_is_needed_to_leave_a_connection_that_broke_or_to_go_on_with_what_has_begun(bool stream)
    {
        var fleet = await without.HealthyAsync();
        fleet.Script.Enqueue(g => { g.Http.Abort(); return Task.CompletedTask; });
        fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); await g.RawAsync("event: party\ndata: {}\n\n"); await g.SilenceAsync(); });

        var seen = await fleet.Gateway.Chat.AskAsync("count", stream);

        Assert.True(seen is { Whole: true, Attempts: 3, Text: var text } && text == HostileShim.Answer, $"{seen}");
    }

    [Fact]
    public async Task A_replica_that_says_when_to_come_again_is_left_alone_until_then_and_by_all()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2);
        fleet.Refuse(503, retryAfterSeconds: 30);
        Assert.Equal(HostileShim.Answer, (await fleet.Gateway.Chat.AskAsync("count", stream: true)).Text);
        Assert.Equal([1, 1], fleet.Shims.Select(s => s.Generations));

        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 6; i++)
            fleet.Script.Enqueue(g => g.HoldAsync(gate.Task)); // together: by their load they would be spread over both
        var asking = Enumerable.Range(0, 6).Select(_ => fleet.Gateway.Chat.AskAsync("count", stream: true)).ToList();
        await fleet.Gateway.Fleet.UntilAsync(_ => fleet.Generations == 8);
        gate.SetResult();

        Assert.All(await Task.WhenAll(asking), seen => Assert.Equal(HostileShim.Answer, seen.Text));
        Assert.Contains(fleet.Shims, s => s.Generations == 1);
        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal("Healthy", r.State));
        Assert.Equal(0, await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total"));
    }

    [Fact]
    public async Task When_all_say_so_a_request_waits_until_one_may_be_asked_again()
    {
        await using var fleet = await ScriptedFleet.StartAsync(2, "--Failover:ReplicaWaitSeconds=20");
        fleet.Refuse(503, retryAfterSeconds: 1);
        fleet.Refuse(503, retryAfterSeconds: 1);
        var asked = TimeProvider.System.GetTimestamp();
        TimeSpan waited = default;
        fleet.Script.Enqueue(g =>
        {
            waited = TimeProvider.System.GetElapsedTime(asked);
            return g.WholeAsync();
        });

        Assert.Equal(HostileShim.Answer, (await fleet.Gateway.Chat.AskAsync("count", stream: true)).Text);
        Assert.Equal(3, fleet.Generations);
        Assert.True(waited >= TimeSpan.FromSeconds(0.95), $"asked again after {waited}"); // a slow machine only makes it longer
    }

    /// <summary>Three hostile shims and a gateway that may begin nothing anew; for the tests of the class that leave it as found.</summary>
    public sealed class FleetWithoutBudget : IAsyncLifetime
    {
        private ScriptedFleet _fleet = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => _fleet = await ScriptedFleet.StartAsync(3, "--Failover:RetryBudgetPercent=0", "--Failover:RetryBudgetFloor=0",
            "--Failover:Hedge=false", "--Health:StrikesOut=100", "--Health:SuspicionMilliseconds=100");

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => _fleet?.DisposeAsync() ?? ValueTask.CompletedTask;

        internal async Task<ScriptedFleet> HealthyAsync()
        {
            await _fleet.Gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r is { State: "Healthy", InFlight: 0 }));
            return _fleet;
        }
    }
}
