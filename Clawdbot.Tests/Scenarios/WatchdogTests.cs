using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>A real gateway whose thread pool is deadlocked by a startup hook of the tests.</summary>
public sealed class WatchdogTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // as in a container, where a process can't kill itself by a signal
    public async Task A_gateway_whose_thread_pool_is_deadlocked_ends_itself_and_says_why(bool isFirstProcess)
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-test-");
        try
        {
            var trigger = Path.Combine(folder.FullName, "deadlock");
            await using var shim = await ShimHost.StartAsync();
            var program = Repository.Program("Clawdbot.Gateway");
            if (isFirstProcess)
                program = await FirstProcessAsync(folder, program);
            await using var gateway = await StartAsync(program, shim, trigger, "--Watchdog:Seconds=3");

            await File.WriteAllTextAsync(trigger, "");
            await gateway.Program.Exited.WaitAsync(TimeSpan.FromSeconds(60));

            Assert.Equal(137, gateway.Program.ExitCode);
            Assert.Single(gateway.Program.Output.Split('\n'),
                line => line.Contains("the thread pool stood still for", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A program that runs another one as the first process of a namespace, as a container does.</summary>
    private static async Task<string> FirstProcessAsync(DirectoryInfo folder, string program)
    {
        Require.Root();
        var script = Path.Combine(folder.FullName, "first-process");
        var unshare = $"{Require.Program("/usr/bin/unshare", "util-linux")} --pid --fork --mount-proc --kill-child";
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nexec {unshare} {program} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return script;
    }

    private static async Task<GatewayProcess> StartAsync(string program, ShimHost shim, string trigger, params string[] arguments)
    {
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(WatchdogTests).Assembly.Location,
            [StartupHook.Trigger] = trigger,
        };
        var gateway = await GatewayProcess.StartAsync(
            program, environment, [$"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", .. arguments]);
        await gateway.Fleet.UntilAsync(f => f.Replicas.All(r => r.State == "Healthy"));
        return gateway;
    }
}
