using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Gateway.SharedStore;

public sealed class StopTests
{
    [Fact]
    public async Task A_gateway_with_a_shared_store_that_is_not_there_stops_cleanly()
    {
        await using var gateway = await GatewayProcess.StartAsync("--Discovery:Replicas:0=http://127.0.0.1:1",
            "--Fleet:Secret=a-secret-of-thirty-two-characters", "--SharedStore:Redis=127.0.0.1:1");
        gateway.Program.Signal(Signals.Term);
        await gateway.Program.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(gateway.Program.ExitCode == 0, gateway.Program.Output);
    }
}
