using Clawdbot.Drill.Load;
using Clawdbot.Drill.Processes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Clawdbot.Tests.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Clawdbot.Tests.AppHost;

/// <summary>The application as <c>dotnet run --project Clawdbot.AppHost</c> starts it, less the containers.</summary>
[Collection(nameof(Scenarios.Alone))]
public sealed class ApplicationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_replica_killed_by_its_command_goes_unnoticed_is_started_again_and_the_stop_leaves_no_process()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        var pids = new HashSet<int>();
        await using (var app = await StartAsync(limit.Token))
        {
            using var http = app.CreateHttpClient("gateway-0", "http");
            await using var fleet = new FleetWatch(http.BaseAddress!);
            var chat = new ChatClient(http);
            Note(await fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy")), pids);
            var undisturbed = await chat.AskAsync("hello", stream: true);

            string? killed = null;
            var asking = chat.AskAsync("hello", stream: true);
            var answering = (await fleet.UntilAsync(f => f.Replicas.Any(r => r.Answering > 0))).Replicas.Single(r => r.Answering > 0);
            killed = answering.Id;
            Assert.True((await CommandAsync(app, killed, "kill", limit.Token)).Success);
            var disturbed = await asking;

            Assert.Equal(2, disturbed.Attempts);
            Assert.Equal(undisturbed.Content, disturbed.Content);
            var after = await fleet.UntilAsync(f => f[killed].State == "Healthy" && f[killed].Pid != answering.Pid);
            Note(after, pids);
            Assert.True((await chat.AskAsync("hello", stream: false)).Whole);
        }
        using var gone = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        while (pids.Any(Signals.Exists))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, gone.Token);
    }

    [Fact]
    public async Task Drain_return_and_restart_reach_the_replica_and_both_gateways_see_it()
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        await using var app = await StartAsync(limit.Token);
        using var first = app.CreateHttpClient("gateway-0", "http");
        using var second = app.CreateHttpClient("gateway-1", "http");
        await using var fleet = new FleetWatch(first.BaseAddress!);
        await using var other = new FleetWatch(second.BaseAddress!);
        await other.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));
        var before = await fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));

        Assert.True((await CommandAsync(app, "replica-1", "drain", limit.Token)).Success);
        await fleet.UntilAsync(f => f["replica-1"].State == "Draining");
        await other.UntilAsync(f => f["replica-1"].State == "Draining");

        Assert.True((await CommandAsync(app, "replica-1", "return", limit.Token)).Success);
        await fleet.UntilAsync(f => f["replica-1"].State == "Healthy");
        await other.UntilAsync(f => f["replica-1"].State == "Healthy");

        Assert.True((await CommandAsync(app, "replica-1", "drain-restart", limit.Token)).Success);
        await fleet.UntilAsync(f => f["replica-1"].State == "Healthy" && f["replica-1"].Pid != before["replica-1"].Pid);
    }

    private static async Task<DistributedApplication> StartAsync(CancellationToken cancellation)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Clawdbot_AppHost>(cancellation);
        // A start waits for containers, and one without an engine is never created.
        foreach (var container in builder.Resources.Where(r => r is ContainerResource).ToList())
            builder.Resources.Remove(container);
        foreach (var replica in builder.Resources.OfType<ProjectResource>().Where(r => r.Name.StartsWith("replica-", StringComparison.Ordinal)))
            builder.CreateResourceBuilder(replica).WithEnvironment("Engine__Embedded__TokensPerSecond", "5"); // time to press a button
        builder.Services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
        var app = await builder.BuildAsync(cancellation);
        await app.StartAsync(cancellation);
        foreach (var name in (string[])["gateway-0", "gateway-1"])
            await app.ResourceNotifications.WaitForResourceHealthyAsync(name, cancellation);
        return app;
    }

    private static Task<ExecuteCommandResult> CommandAsync(DistributedApplication app, string replica, string command, CancellationToken cancellation) =>
        app.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(
            app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == replica), command, cancellation);

    private static void Note(FleetView fleet, HashSet<int> pids) => pids.UnionWith(fleet.Replicas.Select(r => r.Pid!.Value));
}
