using System.Runtime.CompilerServices;

namespace Clawdbot.Tests.Processes;

/// <summary>
/// Makes the processes that tests start begin with less work. There are hundreds of them, each compiles what it runs, and with 2 cores
/// that is most of what a run of the tests waits for. What is turned off changes no result: the write protection of compiled code, and the
/// profile by which code that runs for long is compiled again.
/// </summary>
internal static class ChildRuntime
{
    [ModuleInitializer]
    internal static void Set()
    {
        foreach (var name in (string[])["DOTNET_EnableWriteXorExecute", "DOTNET_TieredPGO"])
        {
            if (Environment.GetEnvironmentVariable(name) is null)
                Environment.SetEnvironmentVariable(name, "0");
        }
    }
}
