using System.ComponentModel;
using System.Globalization;
using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Starts the engine (<c>Engine:Command</c>), waits for it, and starts it again when it is dead or hung; never two at once. When the shim
/// stops, it ends the engine last, after the answers and the web server.
/// </summary>
internal sealed partial class EngineParent(
    IOptions<EngineOptions> engine, StartPreconditions preconditions, EngineLifeServices services, Random random,
    IHostApplicationLifetime application, ILogger<EngineParent> log) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly RestartDelay _delay = new(services.Options.Value, random);
    private volatile EngineLife? _life;
    private Task _running = Task.CompletedTask;

    /// <summary>The engine's processes as last seen; empty while it does not serve.</summary>
    public IReadOnlyList<ProcessStat> Processes => _life?.Processes ?? [];

    /// <summary>Id of the engine's first process; null while it does not serve.</summary>
    public int? EngineId => _life is { IsServing: true } life ? life.Id : null;

    /// <summary>
    /// Whether this life of the engine is the last: one that dies while the answers drain is not started again, because they move to
    /// other replicas. Asked of the application, since the drain is over before this service hears of the stop.
    /// </summary>
    private bool IsLast => application.ApplicationStopping.IsCancellationRequested;

    /// <summary>Ends the engine, which must be idle, in its own time; another one is started at once.</summary>
    public void Recycle(string why)
    {
        if (_life is not { IsServing: true } life)
            return;
        services.Watch.Starting(why);
        life.End(new StopOrder(why, StopKind.Recycle));
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        // Set before anybody can ask: a shim without its engine is not ready.
        services.Watch.Starting("the engine is about to be started");
        services.Watch.Convicted += EndHung;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        // The engine has its own time to stop, not what the drain has left of the host's.
        await _stopping.CancelAsync();
        _life?.End(new StopOrder("the shim stops", StopKind.Leave));
        await _running;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        services.Watch.Convicted -= EndHung;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested && !IsLast)
            {
                var end = await OnceAsync();
                if (_stopping.IsCancellationRequested || IsLast)
                    return;
                await DelayRestartAsync(end);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The shim stops before there was an engine.
        }
    }

    /// <summary>Runs one life. Whatever goes wrong, another try follows, because nobody else starts the engine.</summary>
    private async Task<LifeEnd> OnceAsync()
    {
        try
        {
            await preconditions.ClearAsync(_stopping.Token);
            return await LiveAsync();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Failed(log, fault);
            return new LifeEnd($"the engine could not be looked after: {fault.Message}", TimeSpan.Zero);
        }
    }

    private async Task<LifeEnd> LiveAsync()
    {
        EngineProcess process;
        try
        {
            process = EngineProcess.Start(engine.Value.Command, services.Lines, services.Time, log);
        }
        catch (Exception fault) when (fault is Win32Exception or IOException)
        {
            return new LifeEnd($"the engine can't be started: {fault.Message}", TimeSpan.Zero);
        }
        using (process)
        {
            Started(log, process.Id, engine.Value.Command[0]);
            var life = new EngineLife(process, services, log);
            _life = life;
            if (_stopping.IsCancellationRequested)
                life.End(new StopOrder("the shim stops", StopKind.Leave)); // the stop came in between
            try
            {
                return await life.RunAsync();
            }
            finally
            {
                _life = null;
                await process.EndAsync(TimeSpan.Zero); // nothing is left, unless looking after it failed
            }
        }
    }

    /// <summary>Says how the life ended, and waits for the time that is due before the next one.</summary>
    private async Task DelayRestartAsync(LifeEnd end)
    {
        var wait = _delay.After(end);
        var times = _delay.Streak > 1 ? string.Create(CultureInfo.InvariantCulture, $", {_delay.Streak} times in a row") : "";
        var last = !end.IsPlanned && services.Lines.LastWords is { Length: > 0 } words ? $"; last words: {words}" : "";
        if (end.IsPlanned)
            services.Watch.Starting(end.Words);
        else
            services.Watch.Gone($"{end.Words}{times}{last}");
        Again(log, end.Words, times, wait.TotalSeconds);
        await Task.Delay(wait, services.Time, _stopping.Token);
    }

    /// <summary>Ends an engine that was found hung, if it has served: one that is coming up has the time that is configured.</summary>
    private void EndHung(string reason)
    {
        if (_life is { IsServing: true } life)
            life.End(new StopOrder($"hung: {reason}", StopKind.Hung));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine is started as process {Pid}: {Program}")]
    private static partial void Started(ILogger logger, int pid, string program);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking after the engine failed")]
    private static partial void Failed(ILogger logger, Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{End}{Times}; starting it again in {Seconds:0.0} s")]
    private static partial void Again(ILogger logger, string end, string times, double seconds);
}
