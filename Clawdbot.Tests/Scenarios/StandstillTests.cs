using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A process that is stopped for ten seconds and goes on. Whose standstill it was decides who is ejected.</summary>
[Collection(Alone.Name)]
public sealed class StandstillTests
{
    private const int Running = 4;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_gateway_that_was_stopped_ejects_nobody_and_loses_no_answer()
    {
        await using var gateway = await StartAsync();
        var running = Enumerable.Range(0, Running).Select(_ => gateway.Chat.AskAsync("What are you?", stream: true)).ToList();
        await gateway.Fleet.UntilAsync(f => f.Replicas.Sum(r => r.Answering) == Running);
        var before = await EjectionsAsync(gateway); // while they start, connecting may take too long

        await StopAsync(gateway.Program.Id);
        var after = await gateway.Chat.AskAsync("What are you?", stream: true);

        Assert.All([after, .. await Task.WhenAll(running)],
            seen => Assert.True(seen is { Status: 200, Whole: true, Attempts: 1 }, $"{seen}"));
        Assert.True(before == await EjectionsAsync(gateway), gateway.Program.Output);
        Assert.All((await gateway.Fleet.NowAsync()).Replicas, r => Assert.Equal(("Healthy", 1), (r.State, r.Starts)));
    }

    [Fact(Explicit = true)]
    public async Task A_replica_that_was_stopped_is_ejected_and_comes_back()
    {
        await using var gateway = await StartAsync();
        var hung = (await gateway.Fleet.NowAsync()).Replicas[0];
        var before = await EjectionsAsync(gateway);

        await StopAsync(hung.Pid!.Value);

        Assert.True(await EjectionsAsync(gateway) == before + 1, gateway.Program.Output);
        var back = await gateway.Fleet.UntilAsync(f => f[hung.Id].State == "Healthy");
        Assert.Equal(1, back[hung.Id].Starts);
    }

    /// <summary>With more patience than by default, for busy machines, and less than the standstill lasts.</summary>
    private static Task<GatewayProcess> StartAsync() => GatewayProcess.WithLocalReplicasAsync(
        3, tokensPerSecond: 20, firstTokenMilliseconds: 100, "--Health:SilenceMilliseconds=8000",
        "--Forwarding:ConnectMilliseconds=30000", "--Failover:Hedge=false", "--Discovery:HungRestartSeconds=60");

    private static Task<double> EjectionsAsync(GatewayProcess gateway) =>
        gateway.MetricAsync("clawdbot_gateway_replica_moves_total", "state=\"Ejected\"");

    private static async Task StopAsync(int pid)
    {
        Signals.Send(pid, Signals.Stop);
        await Task.Delay(Length, TimeProvider.System);
        Signals.Send(pid, Signals.Continue);
    }
}
