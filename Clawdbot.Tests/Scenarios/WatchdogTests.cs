using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A real gateway whose thread pool is deadlocked by a startup hook of the tests.</summary>
public sealed class WatchdogTests
{
    [Fact]
    public async Task A_gateway_whose_thread_pool_is_deadlocked_ends_itself_and_says_why()
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-test-");
        try
        {
            var trigger = Path.Combine(folder.FullName, "deadlock");
            await using var shim = await ShimHost.StartAsync();
            await using var gateway = await StartAsync(shim, trigger, "--Watchdog:Seconds=3");

            await File.WriteAllTextAsync(trigger, "");
            await gateway.Program.Exited.WaitAsync(TimeSpan.FromSeconds(60));

            Assert.Equal(137, gateway.Program.ExitCode); // SIGKILL
            Assert.Single(gateway.Program.Output.Split('\n'),
                line => line.Contains("the thread pool stood still for", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<GatewayProcess> StartAsync(ShimHost shim, string trigger, params string[] arguments)
    {
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(WatchdogTests).Assembly.Location,
            [StartupHook.Trigger] = trigger,
        };
        var gateway = await GatewayProcess.StartAsync(
            environment, [$"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", .. arguments]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }
}
