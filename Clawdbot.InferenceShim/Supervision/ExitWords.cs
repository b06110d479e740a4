namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Puts into words how a process ended.</summary>
internal static class ExitWords
{
    /// <summary>An exit code above this is 128 and a signal's number: the shell's convention, which .NET follows.</summary>
    private const int SignalBase = 128;

    /// <summary>How a process with this exit code ended.</summary>
    /// <param name="code">Exit code.</param>
    public static string Of(int code) => code switch
    {
        SignalBase + Signals.Kill => "was killed by SIGKILL (code 137; if nobody did it, the kernel had no memory left: see dmesg)",
        > SignalBase and < SignalBase + 65 => $"was ended by {Signals.Name(code - SignalBase)} (code {code})",
        127 => "exited with code 127: its program was not found",
        126 => "exited with code 126: its program can't be executed",
        _ => $"exited with code {code}",
    };
}
