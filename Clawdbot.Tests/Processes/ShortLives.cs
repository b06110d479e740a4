using System.Runtime.CompilerServices;

namespace Clawdbot.Tests.Processes;

/// <summary>
/// What this process says to the runtimes of all that it starts. Nearly every one of them lives for seconds, and most of its processor time was
/// spent on compiling its methods a second and a third time: worth it for a server, not here. The code that runs is the same.
/// </summary>
internal static class ShortLives
{
    [ModuleInitializer]
    internal static void Begin()
    {
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
        Environment.SetEnvironmentVariable("DOTNET_TC_CallCountThreshold", "1000"); // hexadecimal; what is called still more often is compiled well
    }
}
