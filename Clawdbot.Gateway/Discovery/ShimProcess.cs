using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Clawdbot.Gateway.Discovery;

/// <summary>One process of a local shim.</summary>
internal sealed partial class ShimProcess : IDisposable
{
    private const string ListeningPrefix = "clawdbot-shim listening on ";
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri?> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ShimProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        Exited = process.WaitForExitAsync();
    }

    /// <summary>Process id.</summary>
    public int Id { get; }

    /// <summary>Completes when the process has ended.</summary>
    public Task Exited { get; }

    /// <summary>Starts a shim. Must be called on the <see cref="ProcessThread"/>.</summary>
    public static ShimProcess Start(string id, ShimCommand command, ILogger log)
    {
        var process = new ShimProcess(Process.Start(command.StartInfo(id))!);
        process._process.StandardInput.WriteLine(command.Secret);
        process._process.StandardInput.WriteLine(command.AdminSecret);
        process._process.StandardInput.Flush();
        _ = process.ReadAsync(process._process.StandardOutput, log);
        _ = process.ReadAsync(process._process.StandardError, log);
        return process;
    }

    /// <summary>Waits for the address it listens at; null when the process ended before it listened.</summary>
    public async Task<Uri?> ListeningAsync(CancellationToken cancellation)
    {
        await Task.WhenAny(_listening.Task, Exited).WaitAsync(cancellation);
        return _listening.Task.IsCompleted ? await _listening.Task : null;
    }

    /// <summary>Kills it with SIGKILL; false when it has ended already.</summary>
    public bool Kill()
    {
        try
        {
            _process.Kill();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Asks it to finish, waits for at most <paramref name="grace"/>, then kills it.</summary>
    public async Task StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (OperatingSystem.IsWindows())
            _process.StandardInput.Close();
        else
            _ = Signal(Id, SigTerm);
        await Task.WhenAny(Exited, Task.Delay(grace, time));
        Kill();
        await Exited;
    }

    /// <summary>Waits for its end and tells how it ended.</summary>
    public async Task<ProcessEnd> EndAsync(CancellationToken cancellation)
    {
        await Exited.WaitAsync(cancellation);
        var served = _listening.Task is { IsCompletedSuccessfully: true, Result: not null };
        var code = _process.ExitCode;
        // .NET reports the end by a signal as shells do: 128 + the signal's number.
        return new ProcessEnd(code > 128 ? $"ended by signal {code - 128}" : $"exited with code {code}", served);
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private async Task ReadAsync(StreamReader lines, ILogger log)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(ListeningPrefix, StringComparison.Ordinal))
                _listening.TrySetResult(new Uri(line[ListeningPrefix.Length..]));
            else if (line.Length > 0)
                Said(log, line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Line}")]
    private static partial void Said(ILogger logger, string line);
}
