using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A replica that is slow to begin: another one is asked too, and one of the two answers.</summary>
public sealed class HedgeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_first_token_is_had_from_another_replica_and_the_slow_one_is_told_to_stop(bool stream)
    {
        await using var fleet = await LearnedAsync();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.SilenceAsync(); stopped.SetResult(); });

        var seen = await fleet.Gateway.Chat.AskAsync("count", stream);

        Assert.True(seen is { Whole: true, Attempts: 2, Ids: 1, RoleDeltas: 1 } && seen.Content == (HostileShim.Answer, "stop", 5, HostileShim.Words), $"{seen}");
        await stopped.Task; // its connection was aborted
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_hedges_total", "event=\"won\""));
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_attempts_total", "outcome=\"hedge_lost\""));
        Assert.Equal(0, await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total"));
        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.True(r is { State: "Healthy", InFlight: 0 }, $"{r}"));
    }

    [Fact]
    public async Task When_the_first_one_has_its_token_sooner_the_second_is_told_to_stop()
    {
        await using var fleet = await LearnedAsync();
        var (asked, stopped) = (Source(), Source());
        fleet.Script.Enqueue(async g => { await g.StartAsync(); await asked.Task; await g.TokensAsync(HostileShim.Words); await FinishAsync(g); });
        fleet.Script.Enqueue(async g => { await g.StartAsync(); asked.SetResult(); await g.SilenceAsync(); stopped.SetResult(); });

        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.True(seen is { Whole: true, Attempts: 2 } && seen.Text == HostileShim.Answer, $"{seen}");
        await stopped.Task;
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_hedges_total", "event=\"lost\""));
    }

    [Fact]
    public async Task When_the_slow_one_breaks_meanwhile_the_second_goes_on_by_itself_and_is_what_the_answer_moved_to()
    {
        await using var fleet = await LearnedAsync();
        var asked = Source();
        fleet.Script.Enqueue(async g => { await asked.Task; g.Http.Abort(); });
        fleet.Script.Enqueue(async g =>
        {
            asked.SetResult();
            while (await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total") < 1)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, g.Http.RequestAborted);
            await g.WholeAsync();
        });

        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.True(seen is { Whole: true, Attempts: 2 } && seen.Text == HostileShim.Answer, $"{seen}");
        Assert.Equal(1, await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total", "cause=\"connection_reset\""));
    }

    [Fact]
    public async Task An_answer_that_moved_is_not_hedged()
    {
        await using var fleet = await LearnedAsync();
        fleet.Script.Enqueue(g => { g.Http.Abort(); return Task.CompletedTask; });
        var slow = Source();
        fleet.Script.Enqueue(async g => { await slow.Task; await g.WholeAsync(); });
        var asking = fleet.Gateway.Chat.AskAsync("count", stream: true);
        while (await fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total") < 1)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        await Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System); // far beyond when a first attempt would have been
        slow.SetResult();

        Assert.True((await asking) is { Whole: true, Attempts: 2 });
        Assert.Equal(0, await fleet.Gateway.MetricAsync("clawdbot_gateway_hedges_total", "event=\"sent\""));
    }

    [Fact]
    public async Task The_engine_of_the_slow_replica_is_free_again_long_before_it_would_have_had_a_token()
    {
        await using var quick = await ShimHost.StartAsync("--Liveness:Canary=Off", "--Engine:Capacity=64", "--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0");
        await using var slow = await ShimHost.StartAsync("--Liveness:Canary=Off", "--Engine:Capacity=64", "--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=8000");
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={quick.Address}", $"--Discovery:Replicas:1={slow.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
        await Task.WhenAll(Enumerable.Range(0, 48).Select(_ => gateway.Chat.AskAsync("hello", stream: true)));
        using var engine = new FleetCaller(slow.Address);
        var before = await engine.StatusAsync(s => s.InFlight == 0);

        for (var i = 0; i < 200 && (await engine.StatusAsync(_ => true)).Started == before.Started; i++) // it is slow, and asked ever less
            Assert.True((await gateway.Chat.AskAsync("hello", stream: true)) is { Whole: true });

        var after = await engine.StatusAsync(s => s.InFlight == 0);
        Assert.True(after.Started > before.Started && after.TokensGenerated == before.TokensGenerated, $"{after.Started - before.Started}, {after.TokensGenerated - before.TokensGenerated}"); // stopped before its first token
        Assert.DoesNotContain((await gateway.Fleet.NowAsync()).Replicas, r => r.State == "Ejected");
        Assert.Equal(0, await gateway.MetricAsync("clawdbot_gateway_failovers_total"));
    }

    /// <summary>A gateway that knows how fast its fleet is.</summary>
    private static async Task<ScriptedFleet> LearnedAsync()
    {
        var fleet = await ScriptedFleet.StartAsync(3, "--Forwarding:FirstTokenMilliseconds=60000");
        for (var i = 0; i < 4; i++)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => fleet.Gateway.Chat.AskAsync("count", stream: true)));
        await Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System); // an opinion of the fleet holds for so long
        return fleet;
    }

    private static Task FinishAsync(HostileShim.HostileGeneration g) =>
        g.RawAsync("event: finish\ndata: {\"index\":0,\"reason\":\"stop\"}\n\nevent: usage\ndata: {\"prompt_tokens\":5,\"completion_tokens\":12,\"generated\":12}\n\nevent: done\ndata: {}\n\n");

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
