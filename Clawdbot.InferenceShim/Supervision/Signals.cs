using System.Runtime.InteropServices;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>POSIX signals, by process id.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Term = 15;

    private static readonly Dictionary<int, string> Names = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP",
        [6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL", [11] = "SIGSEGV", [13] = "SIGPIPE", [15] = "SIGTERM",
        [24] = "SIGXCPU", [25] = "SIGXFSZ", [31] = "SIGSYS",
    };

    /// <summary>Name of a signal, such as <c>SIGKILL</c>.</summary>
    public static string Name(int signal) => Names.GetValueOrDefault(signal) ?? $"signal {signal}";

    /// <summary>Sends a signal; nothing happens when the process has ended. A negative id means a whole process group.</summary>
    public static void Send(int pid, int signal) => _ = SendTo(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendTo(int pid, int signal);
}
