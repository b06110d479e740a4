using System.Globalization;

namespace Clawdbot.Testing.Processes;

/// <summary>
/// A real process at one address for the length of a run: whenever it ends, it is started again after a while, as a
/// container engine or systemd would do it.
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

    /// <summary>Such as <c>replica-0</c>.</summary>
    public string Name { get; }

    /// <summary>The same for its whole life.</summary>
    public Uri Address { get; }

    /// <summary>Null while there is none.</summary>
    public int? Pid => _program?.Id;

    /// <summary>Lives, said that it is ready, and isn't stopped.</summary>
    public bool IsUp => _isReady && !_isStopped;

    /// <summary>One word for a live view.</summary>
    public string State => _isStopped ? "stopped" : _isReady ? "up" : _program is null ? "down" : "starting";

    /// <summary>Starts it at a given address.</summary>
    public static async Task<SupervisedProcess> StartAtAsync(
        string name, Uri address, Func<Uri, Task<RunningProgram>> start, TimeSpan restartAfter) =>
        new(name, address, await start(address), start, restartAfter);

    /// <summary>Starts it at a free port of this machine.</summary>
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
                // Somebody else took the port in the meantime.
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
                // It did not come up. So it goes in drills; the next try may do better.
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
                // Not yet.
            }
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
        }
    }
}
