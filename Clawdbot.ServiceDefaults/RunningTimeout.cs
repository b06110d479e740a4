namespace Clawdbot.ServiceDefaults;

/// <summary>
/// Cancels its token after a time in which this process ran. Time in which the process was stopped (SIGSTOP, a paused VM) does not count,
/// because what the other side sent meanwhile has not been read yet.
/// </summary>
/// <remarks>
/// The time is cut into parts, and a part whose timer fires late is not counted. So a standstill is noticed wherever in the time it is.
/// </remarks>
public sealed class RunningTimeout : IDisposable
{
    private const int Parts = 5;

    /// <summary>A timer that fires later than this means that the process stood still.</summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _over = new();
    private readonly TimeSpan _part;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _armed;
    private int _left = Parts;
    private int _late;
    private bool _isDisposed;

    /// <param name="length">The time after which the token is cancelled.</param>
    /// <param name="time">The clock.</param>
    public RunningTimeout(TimeSpan length, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        (_part, _time, _armed, Token) = (length / Parts, time, time.GetTimestamp(), _over.Token);
        _timer = time.CreateTimer(static timeout => ((RunningTimeout)timeout!).PartEnded(), this, _part, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the time is over.</summary>
    public CancellationToken Token { get; }

    /// <summary>Starts the whole time again.</summary>
    public void Restart()
    {
        lock (_lock)
            (_left, _late) = (Parts, 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true; // the timer may be firing right now
        _timer?.Dispose();
        _over.Dispose();
    }

    private void PartEnded()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            // No more late parts than timely ones: a machine that is always late must not keep every silence alive.
            var counts = _time.GetElapsedTime(_armed) - _part < Standstill || ++_late > Parts;
            if (counts && --_left <= 0)
            {
                _ = _over.CancelAsync(); // the callbacks run on another thread, not under this lock
                return;
            }
            _armed = _time.GetTimestamp();
            _timer.Change(_part, Timeout.InfiniteTimeSpan);
        }
    }
}
