namespace Clawdbot.ServiceDefaults;

/// <summary>
/// A moment by the monotonic clock of this process. Differences are durations, also when the wall clock is set; it is no date and has no
/// meaning in another process.
/// </summary>
/// <param name="Ticks">Ticks of 100 ns since an unspecified moment.</param>
public readonly record struct MonotonicTime(long Ticks)
{
    /// <summary>A moment before all others that occur.</summary>
    public static readonly MonotonicTime LongAgo = new(long.MinValue / 4);

    /// <summary>The time from <paramref name="earlier"/> to <paramref name="later"/>.</summary>
    public static TimeSpan operator -(MonotonicTime later, MonotonicTime earlier) => new(later.Ticks - earlier.Ticks);

    /// <summary>The moment that is later by <paramref name="length"/>.</summary>
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
