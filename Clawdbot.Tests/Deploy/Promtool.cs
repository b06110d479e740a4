using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>Prometheus' own checker.</summary>
internal static class Promtool
{
    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var program = RunningProgram.Begin(Require.Program("/usr/bin/promtool", "prometheus"), arguments);
        await program.Exited.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        return (program.ExitCode, program.Output);
    }
}
