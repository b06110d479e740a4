using System.Collections.Concurrent;
using System.Net;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A gateway that is asked to stop: not ready first, then nothing new, and what runs finishes.</summary>
public sealed class GatewayStopTests
{
    [Fact]
    public async Task It_says_so_serves_on_for_a_while_without_keeping_connections_and_finishes_what_runs()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var shim = await HostileShim.StartAsync(new ConcurrentQueue<Misbehaviour>([g => g.HoldAsync(held.Task)]));
        await using var gateway = await GatewayProcess.StartAsync($"--Fleet:Secret={ShimHost.Secret}", "--Edge:LeaveMilliseconds=4000",
            "--Forwarding:NextTokenMilliseconds=120000", $"--Discovery:Replicas:0={shim.Address}");
        await gateway.Fleet.UntilAsync(f => f.Replicas is [{ State: "Healthy" }]);
        var running = gateway.Chat.AskAsync("hello", stream: true);
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].Answering == 1);
        Assert.Equal((HttpStatusCode.OK, false), await ReadyAsync(gateway));

        gateway.Program.Signal(Signals.Term);
        await Poll.UntilAsync(async () => await ReadyAsync(gateway) == (HttpStatusCode.ServiceUnavailable, true));
        var late = await gateway.Chat.AskAsync("hello", stream: false); // it had been sent before anybody noticed
        Assert.True(late is { Status: 200, Whole: true } && late.Text == HostileShim.Answer, $"{late}");

        await Poll.UntilAsync(() => RefusesAsync(gateway));
        Assert.False(running.IsCompleted);
        held.SetResult();
        var seen = await running;
        Assert.True(seen.Whole && seen.Text == HostileShim.Answer, $"{seen}");
        await gateway.Program.Exited;
        Assert.Equal(0, gateway.Program.ExitCode);
    }

    [Theory]
    [InlineData(FrontKind.Nginx)]
    [InlineData(FrontKind.HaProxy)]
    public async Task Behind_a_front_both_are_stopped_and_started_one_after_the_other_under_load_and_no_request_fails(FrontKind front)
    {
        FrontProcess.Require(front);
        await using var one = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=60", "--Engine:Embedded:FirstTokenDelayMilliseconds=20");
        await using var other = await ShimHost.StartAsync("--Engine:Embedded:TokensPerSecond=60", "--Engine:Embedded:FirstTokenDelayMilliseconds=20");
        // Longer than the 2 s for which Nginx leaves the other one alone after it was stopped, as by default.
        await using var site = await (await FrontSite.StartAsync(front, [one.Address, other.Address], "--Edge:LeaveMilliseconds=2500")).ServingAsync();
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(i => ClientAsync(site, stream: i % 2 == 0, enough.Token)).ToList();
        for (var gateway = 0; gateway < 2; gateway++)
        {
            site.Gateways[gateway].Program.Signal(Signals.Term);
            await site.Gateways[gateway].Program.Exited;
            Assert.Equal(0, site.Gateways[gateway].Program.ExitCode);
            await site.RestartAsync(gateway);
        }
        await enough.CancelAsync();
        var answers = (await Task.WhenAll(clients)).SelectMany(all => all).ToList();

        Assert.True(answers.Count >= 40, $"Only {answers.Count} answers: no load to speak of.");
        Assert.All(answers, a => Assert.True(a is { Status: 200, Whole: true, Finish: not null }, $"{a}"));
    }

    private static async Task<(HttpStatusCode Status, bool Closes)> ReadyAsync(GatewayProcess gateway)
    {
        using var response = await gateway.Http.GetAsync("/health/ready");
        return (response.StatusCode, response.Headers.ConnectionClose == true);
    }

    private static async Task<bool> RefusesAsync(GatewayProcess gateway)
    {
        try
        {
            using var fresh = Clients.Create(gateway.Address, null);
            using var response = await fresh.GetAsync(new Uri("/health/live", UriKind.Relative));
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    private static async Task<List<ObservedAnswer>> ClientAsync(FrontSite site, bool stream, CancellationToken enough)
    {
        var answers = new List<ObservedAnswer>();
        while (!enough.IsCancellationRequested)
            answers.Add(await site.Front.Chat.AskAsync("hello", stream, more: ",\"max_tokens\":12", cancellation: CancellationToken.None)); // begun is asked to the end
        return answers;
    }
}
