using System.Globalization;
using Clawdbot.InferenceShim.Drain;
using Clawdbot.InferenceShim.Supervision;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>The units for bare metal, by systemd's own checker. Nothing is installed or started.</summary>
public sealed class SystemdTests
{
    private const string Replica = "clawdbot-replica@.service";
    private const string Gateway = "clawdbot-gateway.service";

    [Theory]
    [InlineData(Replica)]
    [InlineData(Gateway)]
    public async Task Verifies_without_a_word(string unit)
    {
        var (exitCode, words) = await AnalyzeAsync(unit, "verify");
        Assert.Equal((0, ""), (exitCode, words));
    }

    [Theory]
    [InlineData(Replica)]
    [InlineData(Gateway)]
    public async Task Is_sandboxed(string unit)
    {
        // Of 100; without any sandboxing it is 96.
        var (exitCode, words) = await AnalyzeAsync(unit, "security", "--no-pager", "--offline=true", "--threshold=20");
        Assert.True(exitCode == 0, words);
    }

    [Fact]
    public void Secrets_are_credentials_and_in_no_environment()
    {
        foreach (var unit in (string[])[Replica, Gateway])
        {
            var lines = File.ReadAllLines(PathOf(unit));
            Assert.Contains("LoadCredential=fleet-secret:/etc/clawdbot/fleet-secret", lines);
            Assert.Contains("Environment=Fleet__SecretFile=%d/fleet-secret Fleet__AdminSecretFile=%d/fleet-admin-secret", lines);
        }
    }

    [Fact]
    public void The_ledger_lies_where_the_gateway_may_write()
    {
        var lines = File.ReadAllLines(PathOf(Gateway)); // nothing else can be written (ProtectSystem=strict), and a ledger that can't be written stops the start
        Assert.Contains("Environment=Ledger__Path=%L/clawdbot/ledger.jsonl", lines);
        Assert.Contains("LogsDirectory=clawdbot", lines);
    }

    [Fact]
    public void A_gateway_that_is_stopped_as_a_whole_is_killed()
    {
        var lines = File.ReadAllLines(PathOf(Gateway));
        Assert.Contains("Type=notify", lines); // else nobody listens to the reports
        Assert.Contains("WatchdogSec=10", lines);
        Assert.Contains("WatchdogSignal=SIGKILL", lines); // the default, SIGABRT, waits until the process is continued
    }

    [Fact]
    public void A_stop_has_the_time_that_the_drain_and_the_engine_take() =>
        Assert.True(Seconds(Replica) > new DrainOptions().TimeoutSeconds + new ParentOptions().StopSeconds + 10);

    private static int Seconds(string unit) =>
        int.Parse(File.ReadAllLines(PathOf(unit)).Single(l => l.StartsWith("TimeoutStopSec=", StringComparison.Ordinal))["TimeoutStopSec=".Length..], CultureInfo.InvariantCulture);

    /// <summary>The programs are not installed where the unit has them: another one stands in their place.</summary>
    private static async Task<(int ExitCode, string Words)> AnalyzeAsync(string unit, params string[] arguments)
    {
        var analyze = Require.Program("/usr/bin/systemd-analyze", "systemd");
        var folder = Directory.CreateTempSubdirectory("clawdbot-units-");
        try
        {
            var copy = Path.Combine(folder.FullName, unit);
            await File.WriteAllLinesAsync(copy, File.ReadAllLines(PathOf(unit)).Select(l => l.StartsWith("ExecStart=", StringComparison.Ordinal) ? "ExecStart=/bin/true" : l));
            await using var program = RunningProgram.Begin(analyze, [.. arguments, copy]);
            await program.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
            return (program.ExitCode, program.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string PathOf(string unit) => Path.Combine(Repository.Root, "deploy", "systemd", unit);
}
