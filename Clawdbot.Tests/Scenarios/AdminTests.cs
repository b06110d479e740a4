using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Load;
using System.Net;
using System.Text;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What an operator does to replicas, and what nobody else may.</summary>
public sealed class AdminTests(FastGateway fast, AdminTests.SlowGateway slow) : IClassFixture<FastGateway>, IClassFixture<AdminTests.SlowGateway>
{
    /// <summary>Its answer takes seconds at the pace below.</summary>
    private const string Question = "the quick brown fox jumps over the lazy dog, and the lazy dog does not care";

    [Fact]
    public async Task A_drained_replica_takes_nothing_new_finishes_what_runs_and_returns_when_told()
    {
        var gateway = slow.Process;
        var (running, id) = await AskAndFindAsync(gateway, await slow.IdleAsync());
        var before = await gateway.Fleet.NowAsync();

        Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "drain"));
        var draining = await gateway.Fleet.UntilAsync(f => f[id].State == "Draining");
        Assert.False(running.IsCompleted);
        Assert.Equal(1, draining[id].InFlight);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => gateway.Chat.AskAsync("hello", stream: true, more: ",\"max_tokens\":3")));
        AssertUndisturbed(await running);
        Assert.Equal(before[id].Generations, (await gateway.Fleet.UntilAsync(f => f[id].InFlight == 0))[id].Generations);

        Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "return"));
        var returned = await gateway.Fleet.UntilAsync(f => f[id].State == "Healthy");
        Assert.Equal(before[id].Pid, returned[id].Pid);
    }

    [Fact]
    public async Task With_every_replica_drained_a_request_waits_for_the_first_to_return()
    {
        var gateway = slow.Process;
        await slow.IdleAsync();
        foreach (var id in (string[])["local-0", "local-1"])
            Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "drain"));
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Draining"));

        var waiting = gateway.Chat.AskAsync("hello", stream: false);
        await gateway.Fleet.UntilAsync(f => f.Queued == 1);
        Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync("local-1", "return"));
        AssertUndisturbed(await waiting);
        Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync("local-0", "return"));
    }

    [Fact]
    public async Task A_restarted_replica_finishes_what_runs_ends_cleanly_and_comes_back_as_a_new_process()
    {
        var gateway = slow.Process;
        var before = await slow.IdleAsync();
        var (running, id) = await AskAndFindAsync(gateway, before);

        Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "restart"));
        var stopping = await gateway.Fleet.UntilAsync(f => f[id].State == "Draining");
        Assert.False(running.IsCompleted);
        Assert.Equal(before[id].Pid, stopping[id].Pid);
        AssertUndisturbed(await running);

        var after = await gateway.Fleet.UntilAsync(f => f[id].State == "Healthy" && f[id].Pid != before[id].Pid);
        Assert.Equal(before[id].Starts + 1, after[id].Starts);
        Assert.False(Signals.Exists(before[id].Pid!.Value));
        Assert.Contains($"{id}: process exited with code 0", gateway.Program.Output, StringComparison.Ordinal);
        Assert.Equal((before.Served + 1, before.Failed), (after.Served, after.Failed));
    }

    [Fact]
    public async Task Restarting_one_replica_after_the_other_under_load_disturbs_no_answer()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 60, 20);
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(i => gateway.AskWithoutPauseAsync(stream: i % 2 == 0, enough.Token)).ToList();
        foreach (var id in (string[])["local-0", "local-1"])
        {
            Assert.Equal(HttpStatusCode.Accepted, await gateway.VerbAsync(id, "restart"));
            await gateway.Fleet.UntilAsync(f => f[id] is { Starts: 2, State: "Healthy" });
        }
        await enough.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(all => all).ToList();

        Assert.True(answers.Count >= 8, $"Only {answers.Count} answers: no load to speak of.");
        Assert.All(answers, a => Assert.True(a is { Status: 200, Whole: true, Finish: "stop" }, $"{a}"));
    }

    [Fact]
    public async Task The_public_listener_knows_no_verbs_and_the_internal_one_only_three()
    {
        foreach (var verb in (string[])["drain", "return", "restart"])
        {
            using var outside = await fast.Process.Http.PostAsync($"/admin/replicas/local-0/{verb}", null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        }
        Assert.Equal(HttpStatusCode.NotFound, await fast.Process.VerbAsync("local-0", "explode"));
        Assert.Equal(HttpStatusCode.NotFound, await fast.Process.VerbAsync("local-7", "drain"));

        AssertUndisturbed(await fast.Process.Chat.AskAsync("hello", stream: false));
        Assert.All((await fast.Process.Fleet.NowAsync()).Replicas, r => Assert.Equal(("Healthy", 1), (r.State, r.Starts)));
    }

    [Theory]
    [InlineData("POST", FleetRoutes.Generate)]
    [InlineData("GET", FleetRoutes.Status)]
    [InlineData("GET", FleetRoutes.Proof)]
    [InlineData("POST", FleetRoutes.Admin + "/drain")]
    [InlineData("POST", FleetRoutes.Admin + "/return")]
    [InlineData("POST", FleetRoutes.Admin + "/restart")]
    public async Task A_shim_answers_nobody_who_does_not_hold_the_fleet_secret(string method, string path)
    {
        var before = (await fast.Process.Fleet.NowAsync())["local-0"];
        foreach (var secret in (string?[])[null, "", "not-the-fleet-secret"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), before.Address + path);
            request.Content = method == "POST" ? new StringContent(ChatClient.Body("\"hello\"", false, 1), Encoding.UTF8, "application/json") : null;
            foreach (var header in secret is null ? [] : (string[])[FleetHeaders.Secret, FleetHeaders.AdminSecret, FleetHeaders.Challenge])
                request.Headers.TryAddWithoutValidation(header, secret);
            using var response = await fast.Process.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        AssertUndisturbed(await fast.Process.Chat.AskAsync("hello", stream: false));
        var after = (await fast.Process.Fleet.NowAsync())["local-0"];
        Assert.Equal((before.Pid, "Healthy"), (after.Pid, after.State));
    }

    [Fact]
    public async Task A_gateway_that_is_told_to_stop_finishes_its_answers_and_leaves_no_process()
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 20, 0, SharedGateway.Trusting);
        var running = ((bool[])[true, false]).Select(stream => gateway.Chat.AskAsync(Question, stream)).ToList();
        var pids = (await gateway.Fleet.UntilAsync(f => f.Active == 2 && f.Replicas.Sum(r => r.InFlight) == 2 && f.Replicas.Sum(r => r.TokensGenerated) > 4)).Replicas.Select(r => r.Pid!.Value).ToList();

        gateway.Program.Signal(Signals.Term);
        Assert.All(await Task.WhenAll(running), AssertUndisturbed);
        await gateway.Program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(0, gateway.Program.ExitCode);
        Assert.DoesNotContain(pids, Signals.Exists);
    }

    /// <summary>
    /// Asks a long question of an idle fleet and says who is answering it, while it does, and when that replica's own figures have told of it:
    /// they come later than the gateway's.
    /// </summary>
    private static async Task<(Task<ObservedAnswer> Running, string Replica)> AskAndFindAsync(GatewayProcess gateway, FleetView idle)
    {
        var running = gateway.Chat.AskAsync(Question, stream: true);
        bool Answers(ReplicaView r) => r.InFlight > 0 && r.Generations > idle[r.Id].Generations && r.TokensGenerated > idle[r.Id].TokensGenerated + 2;
        var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.Any(Answers));
        return (running, fleet.Replicas.Single(Answers).Id);
    }

    private static void AssertUndisturbed(ObservedAnswer answer) =>
        Assert.True(answer is { Status: 200, Whole: true, Finish: "stop", Attempts: 1, ErrorCode: null }, $"{answer}");

    /// <summary>Slow enough that verbs come while it answers.</summary>
    public sealed class SlowGateway : SharedGateway
    {
        private protected override Task<GatewayProcess> StartAsync() => GatewayProcess.WithLocalReplicasAsync(2, 20, 0, Trusting);
    }
}
