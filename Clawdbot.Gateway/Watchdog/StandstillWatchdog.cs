using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Watchdog;

/// <summary>
/// Ends the process when its thread pool or its timers stand still: a gateway that hangs holds its clients until they give up, while one
/// that is dead is handled by its load balancer, and started again by whoever runs it. It looks from a thread of its own. Under systemd it
/// also reports with each look that the process runs (<c>WatchdogSec</c>): one that is stopped as a whole can't end itself.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="systemd">Reports to systemd; none elsewhere.</param>
/// <param name="time">The clock.</param>
internal sealed partial class StandstillWatchdog(
    IOptions<WatchdogOptions> options, IEnumerable<ISystemdNotifier> systemd, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly ServiceState Runs = new("WATCHDOG=1");

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest that writing the reason may take: whoever reads it may hang too.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>That of a process that was killed.</summary>
    private const int ExitCode = 137;

    /// <summary>How many times longer a pool may take that is slow, not stuck.</summary>
    private const int Slowness = 6;

    private readonly ManualResetEventSlim _stop = new();
    private readonly ISystemdNotifier? _systemd = systemd.FirstOrDefault(s => s.IsEnabled);
    private ITimer? _timer;
    private long _timersAt;
    private long _poolAt;
    private int _isAsked;
    private long _completed;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if ((options.Value.Seconds == 0 || Debugger.IsAttached) && _systemd is null)
            return Task.CompletedTask;
        Reset(time.GetTimestamp());
        _timer = time.CreateTimer(_ => Volatile.Write(ref _timersAt, time.GetTimestamp()), null, Interval, Interval);
        new Thread(Watch) { IsBackground = true, Name = "watchdog" }.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stop.Set();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _timer?.Dispose();
    }

    private void Watch()
    {
        var (limit, last) = (TimeSpan.FromSeconds(options.Value.Seconds), time.GetTimestamp());
        while (!_stop.Wait(Interval))
        {
            Report();
            if (limit == TimeSpan.Zero)
                continue;
            var now = time.GetTimestamp();
            var late = time.GetElapsedTime(last, now) - Interval;
            last = now;
            if (late > Interval) // the process was stopped, or the machine has no time for it: no fault of the pool's
                Excuse((long)(late.TotalSeconds * time.TimestampFrequency), now);
            if (Interlocked.Exchange(ref _isAsked, 1) == 0)
                ThreadPool.UnsafeQueueUserWorkItem(static watchdog => watchdog.PoolAnswers(), this, preferLocal: false);
            var (pool, timers) = (Since(ref _poolAt, now), Since(ref _timersAt, now));
            // One that is only slow goes on completing work items; it has more time.
            var completed = ThreadPool.CompletedWorkItemCount;
            var patience = completed == _completed ? limit : Slowness * limit;
            _completed = completed;
            if (pool > patience)
                End("thread pool", pool);
            else if (timers > patience && pool < 2 * Interval) // timers run on the pool: without it they stand still too
                End("timers", timers);
        }
    }

    private void Report()
    {
        try
        {
            _systemd?.Notify(Runs);
        }
        catch (SocketException)
        {
            // No descriptor is free, or systemd does not listen: it decides by itself after WatchdogSec.
        }
    }

    private void PoolAnswers()
    {
        Volatile.Write(ref _poolAt, time.GetTimestamp());
        Volatile.Write(ref _isAsked, 0);
    }

    /// <summary>Moves what was seen last by the time that the watchdog itself was late.</summary>
    private void Excuse(long late, long now)
    {
        Volatile.Write(ref _poolAt, Math.Min(now, Volatile.Read(ref _poolAt) + late));
        Volatile.Write(ref _timersAt, Math.Min(now, Volatile.Read(ref _timersAt) + late));
    }

    private void Reset(long now)
    {
        Volatile.Write(ref _poolAt, now);
        Volatile.Write(ref _timersAt, now);
    }

    private TimeSpan Since(ref long at, long now) => time.GetElapsedTime(Volatile.Read(ref at), now);

    private static void End(string what, TimeSpan length)
    {
        var line = string.Create(CultureInfo.InvariantCulture,
            $"crit: Clawdbot.Gateway.Watchdog: the {what} stood still for {length.TotalSeconds:0.0} s ({ThreadPool.ThreadCount} threads, "
            + $"{ThreadPool.PendingWorkItemCount} work items wait); the gateway ends itself, so that another one serves its clients\n");
        var writing = new Thread(() =>
        {
            using var error = Console.OpenStandardError();
            error.Write(Encoding.UTF8.GetBytes(line));
        }) { IsBackground = true };
        writing.Start();
        writing.Join(LastWords);
        if (OperatingSystem.IsLinux())
            Exit(ExitCode); // no signal: the first process of a container does not hear its own SIGKILL
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
