namespace Clawdbot.InferenceShim.Supervision;

/// <summary>How a process ended, in words.</summary>
internal static class ExitWords
{
    /// <summary>The shell's convention, which .NET follows: 128 and the signal's number.</summary>
    private const int SignalBase = 128;

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
