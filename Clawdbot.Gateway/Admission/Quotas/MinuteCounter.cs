using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Admission.Quotas;

/// <summary>What this gateway has added within a sliding minute, by the monotonic clock. Not thread-safe.</summary>
internal sealed class MinuteCounter
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private long _window;
    private long _current;
    private long _previous;

    /// <summary>Adds an amount, which may be negative or 0, and reads the count.</summary>
    public WindowCount Add(long amount, MonotonicTime now)
    {
        var (window, elapsed) = WindowCount.At(now.Ticks, Minute);
        if (window != _window)
        {
            _previous = window == _window + 1 ? _current : 0;
            (_window, _current) = (window, 0);
        }
        _current += amount;
        return new WindowCount(_current, _previous, elapsed);
    }
}
