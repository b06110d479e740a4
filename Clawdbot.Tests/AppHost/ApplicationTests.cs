using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Clawdbot.AppHost;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.AppHost;

[Collection(OneApplication.Name)]
public sealed class ApplicationTests(RunningApplication application)
{
    /// <summary>Its answer takes seconds, also at the pace of these replicas: longer than a command does on a machine that has much else to do.</summary>
    private const string Question = "the quick brown fox jumps over the lazy dog, and the lazy dog does not care";

    [Fact]
    public async Task A_replica_killed_by_its_command_goes_unnoticed_and_is_started_again()
    {
        await application.AllServeAsync();
        var undisturbed = await application.Chat.AskAsync(Question, stream: true);
        await application.Fleets[0].UntilAsync(f => f.Active == 0 && f.Replicas.All(r => r.InFlight == 0)); // else the first answer's replica is killed

        var asking = application.Chat.AskAsync(Question, stream: true);
        var answering = (await application.Fleets[0].UntilAsync(f => f.Replicas.Any(r => r.Answering > 0))).Replicas.Single(r => r.Answering > 0);
        await application.CommandAsync(answering.Id, "kill");
        var disturbed = await asking;

        Assert.NotEmpty(disturbed.Kinds);
        Assert.Equal(undisturbed.Content, disturbed.Content);
        await application.Fleets[0].UntilAsync(f => f[answering.Id].State == "Healthy" && f[answering.Id].Pid != answering.Pid);
        await application.AllServeAsync();
        Assert.True((await application.Chat.AskAsync("hello", stream: false)).Whole);
    }

    [Fact]
    public async Task Drain_return_and_restart_reach_the_replica_and_both_gateways_see_it()
    {
        await application.AllServeAsync();
        var before = await application.Fleets[0].NowAsync();

        await application.CommandAsync("replica-1", "drain");
        foreach (var fleet in application.Fleets)
            await fleet.UntilAsync(f => f["replica-1"].State == "Draining");

        await application.CommandAsync("replica-1", "return");
        await application.AllServeAsync();

        await application.CommandAsync("replica-1", "drain-restart");
        await application.Fleets[0].UntilAsync(f => f["replica-1"].State == "Healthy" && f["replica-1"].Pid != before["replica-1"].Pid);
    }

    [Fact]
    public async Task Without_a_container_engine_installed_programs_are_the_topology()
    {
        Installed();
        foreach (var name in (string[])["nginx", "redis", "prometheus"])
            await application.HealthyAsync(name);
        using var http = application.Application.CreateHttpClient("nginx", "http");
        await using var fleet = new FleetWatch(http.BaseAddress!);
        await fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        Assert.True((await new ChatClient(http).AskAsync("hello", stream: true)).Whole);

        using var prometheus = application.Application.CreateHttpClient("prometheus", "http");
        await Poll.UntilAsync(async () =>
        {
            using var targets = JsonDocument.Parse(await prometheus.GetStringAsync("/api/v1/targets?state=active"));
            var health = targets.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray().Select(t => t.GetProperty("health").GetString()).ToList();
            return health.Count == 6 && health.All(h => h == "up"); // two gateways, two replicas, Nginx's exporter, Prometheus itself
        });
    }

    [Fact]
    public async Task A_gateway_and_Nginx_itself_are_killed_and_started_again_and_no_plain_request_is_lost()
    {
        Installed();
        await application.HealthyAsync("nginx");
        await application.AllServeAsync();
        using var http = application.Application.CreateHttpClient("nginx", "http");
        var chat = new ChatClient(http);
        // Nginx forgets that a gateway was not up yet when that has answered a whole request.
        foreach (var fleet in application.Fleets)
        {
            var served = (await fleet.NowAsync()).Served;
            await Poll.UntilAsync(async () => (await chat.AskAsync("hello", stream: false, more: ",\"max_tokens\":1")).Whole && (await fleet.NowAsync()).Served > served);
        }
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => chat.AskWithoutPauseAsync(stream: false, enough.Token)).ToList();
        await application.Fleets[1].UntilAsync(f => f.Active > 0);
        await application.CommandAsync("gateway-1", "kill");
        await application.HealthyAsync("gateway-1");
        await enough.CancelAsync();
        Assert.All((await Task.WhenAll(clients)).SelectMany(answers => answers), answer => Assert.Equal(200, answer.Status));

        var nginx = application.Resources.Single(r => r.Name == "nginx");
        var killed = application.PidOf(nginx)!.Value;
        Signals.Send(killed, Signals.Kill);
        await Poll.UntilAsync(() => application.PidOf(nginx) is { } pid && pid != killed);
        await application.HealthyAsync("nginx");
        await Poll.UntilAsync(async () =>
        {
            try
            {
                return (await chat.AskAsync("hello", stream: false)).Whole;
            }
            catch (HttpRequestException)
            {
                return false; // on a connection that was open to the Nginx that is dead
            }
        });
    }

    [Fact]
    public void What_is_not_installed_says_what_brings_it()
    {
        var builder = DistributedApplication.CreateBuilder();
        var missing = builder.AddMissingProgram("nginx", new InstalledProgram("no-such-program", "apt-get install nginx-light"), "Clients reach the gateways themselves.").Resource;
        var state = missing.Annotations.OfType<ResourceSnapshotAnnotation>().Last().InitialSnapshot;
        Assert.Equal("Not installed", state.State?.Text);
        Assert.Contains(state.Properties, property => Equals(property.Value, "apt-get install nginx-light"));
        Assert.Null(new InstalledProgram("no-such-program", "").Path());
    }

    private static void Installed()
    {
        Require.Program("/usr/sbin/nginx", "nginx-light");
        Require.Program("/usr/bin/redis-server", "redis-server");
        Require.Program("/usr/bin/prometheus", "prometheus");
        Require.Program("/usr/bin/prometheus-nginx-exporter", "prometheus-nginx-exporter");
    }
}
