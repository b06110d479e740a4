using Clawdbot.Drill.Processes;
using System.Collections.Concurrent;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Every fault that a replica can show while another one is well: the client sees an undisturbed answer.</summary>
public sealed class HostileShimTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly ConcurrentQueue<Misbehaviour> _script = new();
    private readonly List<HostileShim> _shims = [];
    private GatewayProcess _gateway = null!;

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

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
            _shims.Add(await HostileShim.StartAsync(_script));
        _gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Forwarding:FirstTokenMilliseconds=1200", "--Forwarding:NextTokenMilliseconds=1200",
            "--Failover:TotalSeconds=10", "--Failover:ReplicaWaitSeconds=1", $"--Discovery:Replicas:0={_shims[0].Address}", $"--Discovery:Replicas:1={_shims[1].Address}");
        await _gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var shim in _shims)
            await shim.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(EveryFault))]
    public async Task A_replica_that_misbehaves_goes_unnoticed(string fault, bool stream)
    {
        _script.Enqueue(Faults[fault].Do);
        var seen = await _gateway.Chat.AskAsync("count", stream);

        Assert.Equal((HostileShim.Answer, "stop", 5, HostileShim.Words), seen.Content);
        Assert.True(seen.Whole && seen.RoleDeltas == 1 && seen.Ids == 1 && seen.Attempts == 2, $"{seen}");
        Assert.Equal(2, _shims.Sum(s => s.Generations));
        Assert.Equal(1, await _gateway.MetricAsync("clawdbot_gateway_failovers_total", $"cause=\"{Faults[fault].Cause}\""));
        output.WriteLine($"{fault}, {(stream ? "streamed" : "plain")}: unnoticed ({Faults[fault].Cause})");
    }

    [Fact]
    public async Task A_full_replica_is_not_a_sick_one()
    {
        for (var i = 0; i < 3; i++)
            _script.Enqueue(g => { g.Http.Response.StatusCode = 503; return Task.CompletedTask; });
        var seen = await _gateway.Chat.AskAsync("count", stream: true);

        Assert.Equal(HostileShim.Answer, seen.Text);
        Assert.All((await _gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal("Healthy", r.State));
        Assert.Equal(0, await _gateway.MetricAsync("clawdbot_gateway_failovers_total"));
    }

    [Theory]
    [InlineData(",\"n\":2", null)]
    [InlineData("", "none")]
    public async Task What_cannot_go_on_ends_in_an_explicit_error(string more, string? policy)
    {
        _script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); });
        if (policy is not null)
            _gateway.Http.DefaultRequestHeaders.Add("X-Clawdbot-Continue", policy);
        var seen = await _gateway.Chat.AskAsync("count", stream: true, more: more);

        Assert.False(seen.Whole);
        Assert.Equal("cannot_continue", seen.ErrorCode);
    }

    [Fact]
    public async Task An_answer_never_goes_on_across_two_identities()
    {
        _shims[0].Identity = "another build";
        await _gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Identity == "another build"));
        for (var i = 0; i < 8; i++)
            _script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(5); });
        var seen = await _gateway.Chat.AskAsync("count", stream: true);

        Assert.False(seen.Whole);
        Assert.Equal("cannot_continue", seen.ErrorCode);
        Assert.Single(_shims, s => s.Generations > 0);
    }

    [Fact]
    public async Task An_endless_answer_ends_at_the_deadline_in_an_explicit_error()
    {
        _script.Enqueue(async g =>
        {
            await g.StartAsync();
            while (!g.Http.RequestAborted.IsCancellationRequested)
            {
                await g.TokensAsync(1);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        });
        var seen = await _gateway.Chat.AskAsync("count", stream: true);

        Assert.False(seen.Whole);
        Assert.Equal("deadline_exceeded", seen.ErrorCode);
    }

    [Fact]
    public async Task A_replica_that_understates_its_load_does_not_get_everything()
    {
        (_shims[0].ClaimedLoad, _shims[1].ClaimedLoad) = (0, 1);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 8; i++)
            _script.Enqueue(async g => { await g.StartAsync(); await g.TokensAsync(1); await gate.Task; g.Http.Abort(); });
        var all = Enumerable.Range(0, 8).Select(_ => _gateway.Chat.AskAsync("count", stream: true)).ToList();
        var fleet = await _gateway.Fleet.UntilAsync(f => f.Active == 8 && _shims.Sum(s => s.Generations) == 8);
        gate.SetResult();

        Assert.All(await Task.WhenAll(all), seen => Assert.Equal(HostileShim.Answer, seen.Text));
        Assert.All(fleet.Replicas, r => Assert.InRange(r.InFlight, 2, 6));
    }
}
