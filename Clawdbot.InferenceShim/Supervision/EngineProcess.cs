using System.Diagnostics;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>An engine that the shim started, with all of its processes.</summary>
internal sealed partial class EngineProcess : IDisposable
{
    /// <summary>How long what a dead engine wrote last is waited for; somebody else may hold its pipes.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ProcessTree _tree;

    private EngineProcess(Process process, Task reading, TimeProvider time, ILogger log)
    {
        (_process, _reading, _time, _log, _tree) = (process, reading, time, log, new ProcessTree(process.Id));
        Exited = process.WaitForExitAsync();
    }

    /// <summary>Id of the first process, the one that was started.</summary>
    public int Id => _process.Id;

    /// <summary>Completes when the first process has ended; others may be left.</summary>
    public Task Exited { get; }

    /// <summary>Exit code of the first process; valid once <see cref="Exited"/> has completed.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts an engine; its output goes to <paramref name="lines"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be started.</exception>
    public static EngineProcess Start(IReadOnlyList<string> command, EngineLog lines, TimeProvider time, ILogger log)
    {
        lines.Begin();
        var process = Process.Start(Launch.Of(command))!;
        return new EngineProcess(process, lines.ReadAsync(process.StandardOutput, process.StandardError), time, log);
    }

    /// <summary>Its processes that live now.</summary>
    public IReadOnlyList<ProcessStat> Look() => _tree.Look();

    /// <summary>
    /// Asks the first process to end (an engine tells the others by itself), and kills whatever is left after <paramref name="grace"/>.
    /// Returns when nothing is left: two engines never share a GPU.
    /// </summary>
    public async Task EndAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted && grace > TimeSpan.Zero)
        {
            Signals.Send(Id, Signals.Term);
            await Task.WhenAny(Exited, Task.Delay(grace, _time));
        }
        var began = _time.GetTimestamp();
        var told = false;
        await _tree.KillAsync(left =>
        {
            if (told || _time.GetElapsedTime(began) < TimeSpan.FromSeconds(5))
                return;
            told = true;
            Undying(_log, left, Id);
        }, _time);
        await Exited;
        await _reading.WaitAsync(LastWords, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Closes this side of the pipes, whoever still holds the other.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Left} processes of the engine that was process {Pid} don't die of SIGKILL (a driver holds them); "
            + "no other engine is started before")]
    private static partial void Undying(ILogger logger, int left, int pid);
}
