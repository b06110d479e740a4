using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Ends a run whose time is up. The total time bounds waits and retries; an answer that moves is not cut by it, only by the client's own
/// deadline and by the longest time of an answer.
/// </summary>
internal sealed class RunDeadline : IDisposable
{
    /// <summary>
    /// An answer moves while its last token is not older: longer than the clocks of an attempt, which find a silent replica, so that what
    /// was silent has time to go on elsewhere.
    /// </summary>
    public static readonly TimeSpan Moving = TimeSpan.FromSeconds(120);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ResponseState _response;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly TimeSpan _total;
    private readonly TimeSpan _most;
    private readonly ITimer _timer;
    private bool _isDisposed;
    private volatile bool _isOver;

    /// <param name="response">Says when the last token came.</param>
    /// <param name="total">Time from now on for an answer that does not move.</param>
    /// <param name="most">Time from now on for one that does.</param>
    /// <param name="time">The clock.</param>
    public RunDeadline(ResponseState response, TimeSpan total, TimeSpan most, TimeProvider time)
    {
        (_response, _total, _most, _time, _began) = (response, total, most, time, time.GetTimestamp());
        _timer = time.CreateTimer(
            static deadline => ((RunDeadline)deadline!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(Min(total, most), Timeout.InfiniteTimeSpan); // only now: it may fire at once
    }

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Whether the time is up.</summary>
    public bool IsOver => _isOver;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true; // the timer may be firing right now
        _timer.Dispose();
        _end.Dispose();
    }

    private void Look()
    {
        var moves = _response.LastTokenAt is { } last ? Moving - _time.GetElapsedTime(last) : TimeSpan.Zero;
        var elapsed = _time.GetElapsedTime(_began);
        var total = _total - elapsed;
        var left = Min(total > moves ? total : moves, _most - elapsed);
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isOver = left <= TimeSpan.Zero;
            if (_isOver)
                _ = _end.CancelAsync(); // callbacks run on other threads, not under this lock
            else
                _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
