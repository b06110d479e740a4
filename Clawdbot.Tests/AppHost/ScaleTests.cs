using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.Tests.AppHost;

/// <summary>Replicas of the running application come and go by the buttons of the dashboard.</summary>
[Collection(OneApplication.Name)]
public sealed class ScaleTests(RunningApplication application)
{
    [Fact]
    public async Task Replicas_come_and_go_and_no_answer_is_lost()
    {
        await application.AllServeAsync();
        Assert.True(IsHidden("replica-2"));
        using var otherHttp = application.Application.CreateHttpClient("gateway-1", "http");
        var other = new ChatClient(otherHttp);
        var undisturbed = await other.AskAsync("What are you?", stream: true);

        Assert.Equal("replica-2 started. 3 replicas run.", await ScaleAsync("3"));
        foreach (var fleet in application.Fleets)
            Assert.Equal(["Healthy", "Healthy", "Healthy"], (await fleet.NowAsync()).Replicas.Select(r => r.State)); // it waited for that
        Assert.False(IsHidden("replica-2"));

        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? application.Chat : other).AskWithoutPauseAsync(stream: true, enough.Token)).ToList();
        foreach (var fleet in application.Fleets)
            await fleet.UntilAsync(f => f.Replicas.All(r => r.InFlight > 0));
        Assert.Equal("replica-1, replica-2 drained and stopped. 1 replica runs.", await ScaleAsync("1"));
        foreach (var fleet in application.Fleets)
            Assert.Equal(["replica-0"], (await fleet.NowAsync()).Replicas.Select(r => r.Id));
        Assert.Equal("replica-1 started. 2 replicas run.", await ScaleAsync("2"));
        await enough.CancelAsync();

        var answers = (await Task.WhenAll(clients)).SelectMany(a => a).ToList();
        Assert.InRange(answers.Count, 16, int.MaxValue); // each client was there before and after
        Assert.All(answers, answer => Assert.Equal((200, true, undisturbed.Content), (answer.Status, answer.Whole, answer.Content)));
        Assert.All(answers, answer => Assert.Empty(answer.Kinds)); // none had to be moved
        await application.AllServeAsync();
        Assert.True(IsHidden("replica-2"));
    }

    [Fact]
    public async Task Start_and_stop_of_a_replicas_own_row_scale_by_one_and_Prometheus_follows()
    {
        Require.Program("/usr/bin/prometheus", "prometheus");
        await application.AllServeAsync();
        await application.HealthyAsync("prometheus");
        using var prometheus = application.Application.CreateHttpClient("prometheus", "http");
        await TargetsAsync(prometheus, "replica-0", "replica-1");

        await application.CommandAsync("replica-5", KnownResourceCommands.StartCommand);
        foreach (var fleet in application.Fleets)
            await fleet.UntilAsync(f => f.Replicas is [_, _, { Id: "replica-5", State: "Healthy" }]);
        await TargetsAsync(prometheus, "replica-0", "replica-1", "replica-5");

        // Killed, it is started again, and nobody takes it for gone.
        var killed = (await application.Fleets[0].NowAsync())["replica-5"].Pid;
        await application.CommandAsync("replica-5", "kill");
        await application.Fleets[0].UntilAsync(f => f["replica-5"].State == "Healthy" && f["replica-5"].Pid != killed);

        await application.CommandAsync("replica-5", KnownResourceCommands.StopCommand);
        await TargetsAsync(prometheus, "replica-0", "replica-1");
        await application.AllServeAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("7")]
    [InlineData("two")]
    public async Task A_number_that_cannot_be_is_refused(string number) => Assert.False((await ExecuteAsync(number)).Success);

    /// <summary>What the command Scale says that it has done.</summary>
    private async Task<string?> ScaleAsync(string number)
    {
        var done = await ExecuteAsync(number);
        Assert.True(done.Success, done.Message);
        return done.Message;
    }

    private Task<ExecuteCommandResult> ExecuteAsync(string number) => application.Application.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(
        application.Resources.Single(r => r.Name == "serving"), "scale",
        new InteractionInputCollection([new InteractionInput { Name = "replicas", InputType = InputType.Number, Value = number }]), TestContext.Current.CancellationToken);

    private bool IsHidden(string resource) => application.Application.ResourceNotifications.TryGetCurrentState(resource, out var current) && current.Snapshot.IsHidden;

    private static Task TargetsAsync(HttpClient prometheus, params string[] replicas) => Poll.UntilAsync(async () =>
    {
        using var targets = JsonDocument.Parse(await prometheus.GetStringAsync("/api/v1/targets?state=active"));
        return replicas.SequenceEqual(targets.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray()
            .Select(target => target.GetProperty("labels")).Where(labels => labels.GetProperty("job").GetString() == "replica")
            .Select(labels => labels.GetProperty("instance").GetString()!).Order(StringComparer.Ordinal));
    });
}
