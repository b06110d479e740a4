using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A fleet that is full: it is asked a few times at most, and its client hears when to come again.</summary>
public sealed class BusyFleetTests(BusyFleetTests.BusyFleet busy) : IClassFixture<BusyFleetTests.BusyFleet>
{
    [Theory]
    [InlineData(429, "37")]
    [InlineData(503, "37")]
    [InlineData(429, "date")]
    public async Task What_replicas_say_of_when_to_come_again_is_obeyed_and_passed_on(int status, string retryAfter)
    {
        await using var fleet = await BusyFleet.StartAsync();
        fleet.RefuseAll(status, retryAfter);
        using var response = await AskAsync(fleet);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 38); // a date has whole seconds
        Assert.True(response.Headers.RetryAfter.Delta.Value.TotalSeconds > 20, $"{response.Headers.RetryAfter} is not what is left of 37 s.");
        Assert.InRange(fleet.Generations, 1, 3);

        // Until then nobody else is sent there either.
        var before = fleet.Generations;
        using var next = await AskAsync(fleet);
        Assert.Equal(HttpStatusCode.TooManyRequests, next.StatusCode);
        Assert.Equal(before, fleet.Generations);
    }

    [Theory]
    [InlineData("37")]
    [InlineData("date")]
    public async Task What_engines_say_behind_their_shims_is_passed_on(string retryAfter)
    {
        await using var fleet = await ContinuationFleet.StartAsync(() => new EngineCore());
        fleet.Engines.ForEach(e => e.Core.Always = new EngineFault(EngineFaultKind.Refusal) { Status = 429, RetryAfter = retryAfter });
        using var response = await AskAsync(fleet.Gateway, OpenAiFake.Model);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 20, 38);
        Assert.InRange(fleet.Bodies.Count(), 1, 3);
    }

    [Fact]
    public async Task What_one_request_was_told_does_not_keep_others_away()
    {
        await using var fleet = await ContinuationFleet.StartAsync(() => new EngineCore(), "--Liveness:Canary=Text", "--Liveness:CanaryIntervalSeconds=600");
        fleet.Engines.ForEach(e => e.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 503, RetryAfter = "120" }));
        using var told = await AskAsync(fleet.Gateway, OpenAiFake.Model);
        using var other = await AskAsync(fleet.Gateway, OpenAiFake.Model);

        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (told.StatusCode, other.StatusCode));
        Assert.InRange(told.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 100, 120); // the engine's own word
    }

    [Fact]
    public async Task A_fleet_that_does_not_say_when_is_asked_three_times_at_most()
    {
        await busy.SettledAsync(load: 0);
        var before = busy.Fleet.Generations;
        busy.Fleet.RefuseAll(429, null);
        using var response = await AskAsync(busy.Fleet);
        busy.Fleet.RefuseNobody();

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.InRange(busy.Fleet.Generations - before, 1, 3);
    }

    [Fact]
    public async Task A_request_that_met_full_replicas_waits_for_room_without_asking_and_is_answered_when_there_is_some()
    {
        await busy.SettledAsync(HostileShim.PlacesOfOne);
        var before = busy.Fleet.Generations;
        busy.Fleet.RefuseAll(503, null);
        var asking = busy.Fleet.Gateway.Chat.AskAsync("count", stream: true);
        await busy.Fleet.Gateway.Fleet.UntilAsync(f => f.Queued == 1 && f.Active == 0);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken); // ten looks for room
        Assert.InRange(busy.Fleet.Generations - before, 1, 2);
        busy.Fleet.RefuseNobody();
        foreach (var shim in busy.Fleet.Shims)
            shim.ClaimedLoad = 0;

        Assert.Equal(HostileShim.Answer, (await asking).Text);
        Assert.InRange(busy.Fleet.Generations - before, 2, 3);
    }

    private static Task<HttpResponseMessage> AskAsync(ScriptedFleet fleet) => AskAsync(fleet.Gateway, ChatClient.Model);

    private static Task<HttpResponseMessage> AskAsync(GatewayProcess gateway, string model) => gateway.Http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative),
        new StringContent(ChatClient.Body("\"hi\"", true, 3, "", model), System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    /// <summary>A gateway over two shims that say what their load is.</summary>
    public sealed class BusyFleet : IAsyncLifetime
    {
        internal ScriptedFleet Fleet { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Fleet = await StartAsync();

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Fleet?.DisposeAsync() ?? ValueTask.CompletedTask;

        internal static Task<ScriptedFleet> StartAsync() => ScriptedFleet.StartAsync(2, "--Failover:ReplicaWaitSeconds=15", "--Failover:Hedge=false");

        internal async Task SettledAsync(int load)
        {
            foreach (var shim in Fleet.Shims)
                shim.ClaimedLoad = load;
            await Fleet.Gateway.Fleet.UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r is { State: "Healthy" } && r.InFlight == load));
        }
    }
}
