using System.Runtime.InteropServices;

namespace Clawdbot.Testing.Processes;

/// <summary>Sends POSIX signals to processes by pid.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Term = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int pid, int signal)
    {
        if (kill(pid, signal) != 0 && Marshal.GetLastPInvokeError() != 3) // it may have ended by itself
            throw new InvalidOperationException($"kill({pid}, {signal}) failed with {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Whether a process with this id exists.</summary>
    public static bool Exists(int pid) => kill(pid, 0) == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
