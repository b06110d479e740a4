using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

public sealed class FirstRunTests
{
    [Fact]
    public async Task Two_local_replicas_come_up_by_themselves_in_development()
    {
        await using var gateway = await GatewayProcess.StartAsync("--environment=Development");
        var fleet = await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 2 && f.Replicas.All(r => r.State == "Healthy"));

        Assert.All(fleet.Replicas, r =>
        {
            Assert.True(r.Pid > 0);
            Assert.StartsWith("http://127.0.0.1:", r.Address, StringComparison.Ordinal);
            Assert.NotEmpty(r.Reason);
        });
        using var ready = await gateway.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Outside_development_a_gateway_without_a_replica_source_names_the_missing_setting()
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"), ["--urls=http://127.0.0.1:0", "--Edge:InternalUrl="]);
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Discovery:Replicas", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_without_keys_refuses_to_listen_beyond_loopback()
    {
        await using var program = RunningProgram.Begin(Repository.Program("Clawdbot.Gateway"),
            ["--urls=http://0.0.0.0:0", "--Edge:InternalUrl=", "--Discovery:LocalReplicas=1"]);
        await program.Exited.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.NotEqual(0, program.ExitCode);
        Assert.Contains("Auth:Keys", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_seed_gives_the_same_answer_and_another_seed_another(bool stream)
    {
        await using var gateway = await GatewayProcess.WithLocalReplicasAsync(2, 0, 0);
        var first = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 1);
        var again = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 1);
        var other = await gateway.Chat.AskAsync("What are you? 你好 🙂", stream, seed: 2);

        Assert.True(first.Whole);
        Assert.Contains("🙂", first.Text, StringComparison.Ordinal);
        Assert.Equal("stop", first.Finish);
        Assert.Equal(1, first.RoleDeltas);
        Assert.Equal(first.Content, again.Content);
        Assert.NotEqual(first.Text, other.Text);
    }
}
