using System.ComponentModel;
using System.Diagnostics;

namespace Clawdbot.Testing.Faults;

/// <summary>A fault that another program makes, such as <c>docker kill</c> or <c>kubectl delete pod</c>.</summary>
internal static class CommandFault
{
    /// <summary>Runs the program without a shell, and ends it after <paramref name="limit"/>.</summary>
    /// <returns>Null when it succeeded, else what went wrong in words.</returns>
    public static async Task<string?> RunAsync(IEnumerable<string> command, TimeSpan limit, CancellationToken cancellation)
    {
        var words = command.ToList();
        var start = new ProcessStartInfo(words[0]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in words.Skip(1))
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(limit, TimeProvider.System);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            var (output, error) = (process.StandardOutput.ReadToEndAsync(CancellationToken.None),
                process.StandardError.ReadToEndAsync(CancellationToken.None));
            try
            {
                await process.WaitForExitAsync(end.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return cancellation.IsCancellationRequested ? "the run ended before it did"
                    : $"it did not end within {limit.TotalSeconds} s";
            }
            await output;
            return process.ExitCode == 0 ? null : $"exit code {process.ExitCode}: {(await error).Trim()}";
        }
        catch (Win32Exception fault)
        {
            return $"'{words[0]}' can't be started: {fault.Message}";
        }
    }
}
