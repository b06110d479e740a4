using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Xunit;

namespace Clawdbot.Tests.Scenarios;

/// <summary>The promise itself: real processes die and hang under load, and no client notices.</summary>
[Collection(Alone.Name)]
public sealed class StormTests(ITestOutputHelper output)
{
    private const int Replicas = 4;
    private const int MoreHangs = 5;
    private static readonly TimeSpan StopLength = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(true, 3, 1)]
    [InlineData(true, 50, 15, Explicit = true)]
    [InlineData(false, 50, 15, Explicit = true)]
    public async Task Kill_storm(bool stream, int midStream, int beforeFirstByte)
    {
        await using var gateway = await StartAsync();
        var storm = new Storm(gateway, stream);
        var kills = 0;
        await storm.RunAsync(async () =>
        {
            while (storm.MidStream < midStream || storm.BeforeFirstByte < beforeFirstByte)
            {
                Signals.Send(await storm.NextVictimAsync(waiting: storm.MidStream >= midStream), Signals.Kill);
                kills++;
                storm.Unnoticed();
                await gateway.Fleet.UntilAsync(f => f.Replicas.Count(r => r.State is "Healthy") >= 2);
                await storm.CountAsync();
            }
        });
        Tell(storm.Report($"kill storm, {kills} kills"));
        storm.Unnoticed();
        Assert.Equal(0, (await gateway.Fleet.NowAsync()).Failed);
    }

    [Theory]
    [InlineData(true, 6, Explicit = true)]
    [InlineData(false, 6, Explicit = true)]
    public async Task Hang_storm(bool stream, int hangs)
    {
        await using var gateway = await StartAsync();
        var storm = new Storm(gateway, stream);
        var stops = 0;
        await storm.RunAsync(async () =>
        {
            // On a busy machine all answers of the victim may end between the look at it and the signal: then it is no hang in mid-stream.
            for (; stops < hangs || (storm.MidStream == 0 && stops < hangs + MoreHangs); stops++)
            {
                var pid = await storm.NextVictimAsync();
                Signals.Send(pid, Signals.Stop);
                var awake = WakeAsync(pid);
                await gateway.Fleet.UntilAsync(f => f.Replicas.Any(r => r.Pid == pid && r.State == "Ejected"));
                await awake;
                storm.Recovered(pid);
                storm.Unnoticed();
                await storm.CountAsync();
            }
        });
        Tell(storm.Report($"hang storm, {stops} stops of {StopLength.TotalSeconds} s"));
        storm.Unnoticed();
        Assert.True(storm.MidStream > 0);
        Assert.All((await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"))).Replicas, r => Assert.Equal(1, r.Starts));
    }

    private static Task<GatewayProcess> StartAsync() => GatewayProcess.WithLocalReplicasAsync(Replicas, tokensPerSecond: 20, firstTokenMilliseconds: 700);

    private static async Task WakeAsync(int pid)
    {
        await Task.Delay(StopLength, TimeProvider.System);
        Signals.Send(pid, Signals.Continue);
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }
}
