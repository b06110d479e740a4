using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Every fault that a replica can show while another one is well: the client sees an undisturbed answer.</summary>
public sealed class HostileShimTests(HostileFleet fleet, ITestOutputHelper output) : IClassFixture<HostileFleet>
{
    /// <summary>Name, whether tokens had come, what the replica does, what the gateway calls it.</summary>
    private static readonly Dictionary<string, (Misbehaviour Do, string Cause)> Faults = new()
    {
        ["resets before the headers"] = (g => { g.Http.Abort(); return Task.CompletedTask; }, "connection_reset"),
        ["answers 500"] = (g => { g.Http.Response.StatusCode = 500; return Task.CompletedTask; }, "server_error"),
        ["answers 200 with an empty body"] = (g => { g.Http.Response.ContentType = "text/event-stream"; return Task.CompletedTask; }, "connection_reset"),
        ["answers with the wrong content type"] = (g => g.Http.Response.WriteAsJsonAsync(1), "malformed"),
        ["forgets the secret"] = (g => { g.Http.Response.StatusCode = 401; return Task.CompletedTask; }, "server_error"),
        ["answers a bare 404"] = (g => { g.Http.Response.StatusCode = 404; return Task.CompletedTask; }, "server_error"),
        ["never starts (dead input thread)"] = (g => g.SilenceAsync(), "first_token_timeout"),
        ["starts and never speaks"] = (async g => { await g.StartAsync(); await g.SilenceAsync(); }, "first_token_timeout"),
        ["ends after the start"] = (g => g.StartAsync(), "connection_reset"),
        ["resets after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); g.Http.Abort(); }, "connection_reset"),
        ["ends cleanly after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); }, "connection_reset"),
        ["stalls after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); await g.SilenceAsync(); }, "stall_timeout"),
        ["sends something else after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); await g.RawAsync("event: tokens\ndata: {\"text\":[\n\n"); await g.SilenceAsync(); }, "malformed"),
        ["sends an unknown event after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); await g.RawAsync("event: party\ndata: {}\n\n"); await g.SilenceAsync(); }, "malformed"),
        ["sends half an event after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); await g.RawAsync("event: tokens\ndata: {\"te"); }, "connection_reset"),
        ["sends an error event after 5 tokens"] = (async g => { await g.StartAsync(); await g.TokensAsync(5); await g.RawAsync("event: error\ndata: {\"code\":\"engine_dead\",\"message\":\"EngineDeadError\"}\n\n"); }, "engine_error"),
        ["sends tokens before the start"] = (async g => { g.Http.Response.ContentType = "text/event-stream"; await g.TokensAsync(3); await g.SilenceAsync(); }, "malformed"),
    };

    public static TheoryData<string, bool> EveryFault => new(Faults.Keys.SelectMany(f => new[] { (f, true), (f, false) }));

    [Theory]
    [MemberData(nameof(EveryFault))]
    public async Task A_replica_that_misbehaves_goes_unnoticed(string fault, bool stream)
    {
        await fleet.SettledAsync();
        var (before, failovers) = (fleet.Fleet.Generations, await FailoversAsync(fault));
        fleet.Fleet.Script.Enqueue(Faults[fault].Do);
        var seen = await fleet.Gateway.Chat.AskAsync($"count, {fault}", stream);

        Assert.Equal((HostileShim.Answer, "stop", 5, HostileShim.Words), seen.Content);
        Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1 && seen.Attempts == 2, $"{seen}");
        Assert.Equal(before + 2, fleet.Fleet.Generations);
        Assert.Equal([Faults[fault].Cause], await fleet.CausesAsync(seen.Id));
        await Deploy.Poll.UntilAsync(async () => await FailoversAsync(fault) == failovers + 1);
        output.WriteLine($"{fault}, {(stream ? "streamed" : "plain")}: unnoticed ({Faults[fault].Cause})");
    }

    [Fact]
    public async Task A_full_replica_is_not_a_sick_one()
    {
        await fleet.SettledAsync();
        for (var i = 0; i < 2; i++)
            fleet.Fleet.Refuse(503);
        var seen = await fleet.Gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal(HostileShim.Answer, seen.Text);
        Assert.All((await fleet.Gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal("Healthy", r.State));
        Assert.Empty(await fleet.CausesAsync(seen.Id));
    }

    [Theory]
    [InlineData(",\"n\":2", null)]
    [InlineData("", "none")]
    public async Task What_cannot_go_on_ends_in_an_explicit_error(string more, string? policy)
    {
        await fleet.SettledAsync();
        fleet.Fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); });
        using var http = Clients.Create(fleet.Gateway.Address, null);
        if (policy is not null)
            http.DefaultRequestHeaders.Add("X-Clawdbot-Continue", policy);
        var seen = await new ChatClient(http).AskAsync("count", stream: true, more: more);

        Assert.False(seen.Whole);
        Assert.Equal("cannot_continue", seen.ErrorCode);
    }

    [Fact]
    public async Task An_answer_never_goes_on_across_two_identities()
    {
        await using var own = await ScriptedFleet.StartAsync(2, "--Failover:ReplicaWaitSeconds=1");
        own.Shims[0].Identity = "another build";
        await own.Gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Identity == "another build"));
        for (var i = 0; i < 8; i++)
            own.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); });
        var seen = await own.Gateway.Chat.AskAsync("count", stream: true);

        Assert.False(seen.Whole);
        Assert.Equal("cannot_continue", seen.ErrorCode);
        Assert.Single(own.Shims, s => s.Generations > 0);
    }

    [Fact]
    public async Task An_endless_answer_ends_at_the_longest_time_of_an_answer_in_an_explicit_error()
    {
        await using var own = await ScriptedFleet.StartAsync(2, "--Failover:TotalSeconds=1", "--Failover:LongestAnswerSeconds=3");
        own.Script.Enqueue(async g =>
        {
            await g.StartAsync();
            g.IsEndless = true;
            for (var i = 0; !g.Http.RequestAborted.IsCancellationRequested; i++)
            {
                await g.TokensAsync(1, after: i);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        });
        var seen = await own.Gateway.Chat.AskAsync("count", stream: true);

        Assert.False(seen.Whole);
        Assert.Equal("deadline_exceeded", seen.ErrorCode);
    }

    [Fact]
    public async Task A_replica_that_understates_its_load_does_not_get_everything()
    {
        await fleet.SettledAsync();
        var (shims, gate) = (fleet.Fleet.Shims, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        (shims[0].ClaimedLoad, shims[1].ClaimedLoad) = (0, 1);
        var before = fleet.Fleet.Generations;
        for (var i = 0; i < 8; i++)
            fleet.Fleet.Script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(1); await gate.Task; g.Http.Abort(); });
        var all = Enumerable.Range(0, 8).Select(_ => fleet.Gateway.Chat.AskAsync("count", stream: true)).ToList();
        var during = await fleet.Gateway.Fleet.UntilAsync(f => f.Active == 8 && fleet.Fleet.Generations == before + 8);
        gate.SetResult();

        Assert.All(await Task.WhenAll(all), seen => Assert.Equal(HostileShim.Answer, seen.Text));
        Assert.All(during.Replicas, r => Assert.InRange(r.InFlight, 2, 6));
        shims[1].ClaimedLoad = 0;
    }

    private Task<double> FailoversAsync(string fault) => fleet.Gateway.MetricAsync("clawdbot_gateway_failovers_total", $"cause=\"{Faults[fault].Cause}\"");
}
