using System.Globalization;
using System.Net.Sockets;
using System.Text;
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

    [Fact]
    public async Task Under_systemd_it_reports_that_it_is_ready_and_runs_and_nothing_when_it_is_stopped()
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-test-");
        try
        {
            var path = Path.Combine(folder.FullName, "notify");
            using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            systemd.Bind(new UnixDomainSocketEndPoint(path));
            await using var shim = await ShimHost.StartAsync();
            await using var gateway = await GatewayProcess.StartAsync(
                await UnitAsync(folder, Repository.Program("Clawdbot.Gateway")), new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path },
                [$"--Fleet:Secret={ShimHost.Secret}", $"--Discovery:Replicas:0={shim.Address}", "--Watchdog:Seconds=0"]);
            await HearAsync(systemd, "READY=1");
            await HearAsync(systemd, "WATCHDOG=1");

            var main = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "pid")), CultureInfo.InvariantCulture);
            try
            {
                Signals.Send(main, Signals.Stop);
                while (systemd.Available > 0)
                    await systemd.ReceiveAsync(new byte[256]);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    () => HearAsync(systemd, "WATCHDOG=1", TimeSpan.FromSeconds(3))); // six times as long as between two reports
            }
            finally
            {
                Signals.Send(main, Signals.Kill);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task HearAsync(Socket systemd, string words, TimeSpan? limit = null)
    {
        using var end = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(60), TimeProvider.System);
        var heard = new byte[256];
        while (Encoding.UTF8.GetString(heard, 0, await systemd.ReceiveAsync(heard, end.Token)) != words)
        {
        }
    }

    /// <summary>A program that runs another one as systemd does: as a child of a process of that name. Writes the child's id into a file.</summary>
    private static Task<string> UnitAsync(DirectoryInfo folder, string program) =>
        ScriptAsync(folder, "systemd", $"{program} \"$@\" &\necho $! >{folder.FullName}/pid\nwait $!");

    /// <summary>A program that runs another one as the first process of a namespace, as a container does.</summary>
    private static async Task<string> FirstProcessAsync(DirectoryInfo folder, string program)
    {
        Require.Root();
        var unshare = $"{Require.Program("/usr/bin/unshare", "util-linux")} --pid --fork --mount-proc --kill-child";
        return await ScriptAsync(folder, "first-process", $"exec {unshare} {program} \"$@\"");
    }

    private static async Task<string> ScriptAsync(DirectoryInfo folder, string name, string command)
    {
        var script = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(script, $"#!/bin/sh\n{command}\n");
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
