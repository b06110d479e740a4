namespace Clawdbot.ServiceDefaults;

/// <summary>
/// A moment by the monotonic clock of this process. Differences are durations, whatever is done to the wall clock; it names no date and
/// means nothing to another process.
/// </summary>
/// <param name="Ticks">Of 100 ns, since a moment that only this machine knows.</param>
public readonly record struct MonotonicTime(long Ticks)
{
    /// <summary>Longer ago than anything that is asked for.</summary>
    public static readonly MonotonicTime LongAgo = new(long.MinValue / 4);

    /// <summary>How long after <paramref name="earlier"/>.</summary>
    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) => new(later.Ticks - earlier.Ticks);

    /// <summary>So much later.</summary>
    public static MonotonicTime operator +(MonotonicTime moment, TimeSpan length) => new(moment.Ticks + length.Ticks);

    /// <summary>Earlier than.</summary>
    public static bool operator <(MonotonicTime a, MonotonicTime b) => a.Ticks < b.Ticks;

    /// <summary>Later than.</summary>
    public static bool operator >(MonotonicTime a, MonotonicTime b) => a.Ticks > b.Ticks;

    /// <summary>Not later than.</summary>
    public static bool operator <=(MonotonicTime a, MonotonicTime b) => a.Ticks <= b.Ticks;

    /// <summary>Not earlier than.</summary>
    public static bool operator >=(MonotonicTime a, MonotonicTime b) => a.Ticks >= b.Ticks;
}

/// <summary>Reads <see cref="MonotonicTime"/>.</summary>
public static class MonotonicTimeExtensions
{
    /// <summary>Now, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public static MonotonicTime GetMonotonicTime(this TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        // In whole numbers: GetElapsedTime reckons in floating point, which is inexact so far from 0.
        var (seconds, rest) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
        return new((seconds * TimeSpan.TicksPerSecond) + (rest * TimeSpan.TicksPerSecond / time.TimestampFrequency));
    }
}
