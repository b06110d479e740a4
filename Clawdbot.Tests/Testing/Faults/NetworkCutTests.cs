using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Testing.Faults;

public sealed class NetworkCutTests
{
    [Fact]
    public async Task A_replica_whose_cable_is_pulled_is_out_and_its_answer_goes_on_when_it_is_back()
    {
        Require.Root();
        Require.Program("/usr/sbin/ip", "iproute2");
        await using var cut = await NetworkCut.CreateAsync();
        string[] pace = ["--Engine:Embedded:TokensPerSecond=20", $"--Fleet:Secret={ShimHost.Secret}"];
        var (program, _) = await RunningProgram.StartAsync("/usr/sbin/ip",
            [.. cut.Prefix.Skip(1), Repository.Program("Clawdbot.InferenceShim"), $"--urls=http://{cut.Inside}:8080", .. pace],
            line => line.Contains("listening on", StringComparison.Ordinal) ? line : null);
        await using var inside = program;
        await using var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0=http://{cut.Inside}:8080");
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1 && f.Replicas[0].State == "Healthy");
        var undisturbed = await gateway.Chat.AskAsync("Who are you?", stream: true);

        // The only replica there is: the answer waits for it, and goes on when it is back.
        var begun = new TaskCompletionSource();
        var asked = gateway.Chat.AskAsync("Who are you?", stream: true, onText: n => { if (n == 3) begun.TrySetResult(); });
        await begun.Task;
        await cut.CutAsync();
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].State == "Ejected");
        await cut.HealAsync();
        var seen = await asked;

        Assert.Equal(undisturbed.Content, seen.Content);
        Assert.True(seen is { Whole: true, Attempts: >= 2 }, $"{seen}");
        await gateway.Fleet.UntilAsync(f => f.Replicas[0].State == "Healthy");
    }
}
