using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>
/// A real process at one address for the length of a run. Whenever it ends, it is started again after a delay, as a container engine or
/// systemd would do.
/// </summary>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Func<Uri, Task<RunningProgram>> _start;
    private readonly TimeSpan _restartAfter;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private volatile RunningProgram? _program;
    private volatile bool _isReady;
    private volatile bool _isStopped;

    private SupervisedProcess(
        string name, Uri address, RunningProgram program, Func<Uri, Task<RunningProgram>> start, TimeSpan restartAfter)
    {
        (Name, Address, _program, _start, _restartAfter) = (name, address, program, start, restartAfter);
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Its name, such as <c>replica-0</c>.</summary>
    public string Name { get; }

    /// <summary>Its address, which stays the same across restarts.</summary>
    public Uri Address { get; }

    /// <summary>Process id; null while no process runs.</summary>
    public int? Pid => _program?.Id;

    /// <summary>Whether it runs, has said that it is ready, and is not stopped.</summary>
    public bool IsUp => _isReady && !_isStopped;

    /// <summary>Its state in one word, for a live view.</summary>
    public string State => _isStopped ? "stopped" : _isReady ? "up" : _program is null ? "down" : "starting";

    /// <summary>Starts a process at a given address.</summary>
    public static async Task<SupervisedProcess> StartAtAsync(
        string name, Uri address, Func<Uri, Task<RunningProgram>> start, TimeSpan restartAfter) =>
        new(name, address, await start(address), start, restartAfter);

    /// <summary>Starts a process at a free port of this machine.</summary>
    public static async Task<SupervisedProcess> StartAsync(string name, Func<Uri, Task<RunningProgram>> start, TimeSpan restartAfter)
    {
        for (var tries = 5; ; tries--)
        {
            var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
            try
            {
                return new SupervisedProcess(name, address, await start(address), start, restartAfter);
            }
            catch (InvalidOperationException) when (tries > 1)
            {
                // Another process took the port in the meantime.
            }
        }
    }

    /// <summary>Sends a signal; does nothing while there is no process.</summary>
    public void Signal(int signal)
    {
        if (Pid is not { } pid)
            return;
        (_isReady, _isStopped) = signal switch
        {
            Signals.Stop => (_isReady, true),
            Signals.Continue => (_isReady, false),
            _ => (false, _isStopped),
        };
        Signals.Send(pid, signal);
    }

    /// <summary>Waits until it is up.</summary>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        while (!IsUp)
            await Task.Delay(Look, TimeProvider.System, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_program is { } program)
            await program.DisposeAsync(); // a stopped process dies of SIGKILL too
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var program = _program!;
            var ready = BecomeReadyAsync(program);
            await program.Exited;
            await ready;
            (_isReady, _isStopped, _program) = (false, false, null);
            if (_stop.IsCancellationRequested)
                return;
            await program.DisposeAsync();
            await Task.Delay(_restartAfter, TimeProvider.System, _stop.Token);
            _program = await RestartAsync();
        }
    }

    private async Task<RunningProgram> RestartAsync()
    {
        while (true)
        {
            try
            {
                var program = await _start(Address);
                if (!_stop.IsCancellationRequested)
                    return program;
                await program.DisposeAsync();
            }
            catch (InvalidOperationException)
            {
                // It did not come up; the next try follows.
            }
            await Task.Delay(_restartAfter, TimeProvider.System, _stop.Token);
        }
    }

    private async Task BecomeReadyAsync(RunningProgram program)
    {
        var ended = program.Exited;
        while (!ended.IsCompleted && !_stop.IsCancellationRequested)
        {
            try
            {
                using var response = await _http.GetAsync(new Uri(Address, "/health/ready"), _stop.Token);
                if (response.IsSuccessStatusCode)
                {
                    _isReady = !ended.IsCompleted;
                    return;
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
            {
                // It is not ready yet.
            }
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
        }
    }
}
