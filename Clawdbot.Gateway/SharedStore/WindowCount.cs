namespace Clawdbot.Gateway.SharedStore;

/// <summary>A counter in windows of time that follow one another.</summary>
/// <param name="Current">Sum in the window that runs.</param>
/// <param name="Previous">Sum of the one before it.</param>
/// <param name="Elapsed">Share of the running window that is over, 0 to 1.</param>
internal readonly record struct WindowCount(long Current, long Previous, double Elapsed)
{
    /// <summary>
    /// The sum over one window's length up to now, the earlier part taken as evenly spread: a limit on it can't be passed twice over around
    /// the turn of a window.
    /// </summary>
    public double Sliding => Math.Max(0, Current) + Math.Max(0, Previous) * (1 - Elapsed);

    /// <summary>
    /// The time until <paramref name="amount"/> more is within <paramref name="limit"/>, in lengths of a window: 0 to 2.
    /// </summary>
    public double Until(long limit, long amount)
    {
        var (current, previous, room) = (Math.Max(0, Current), Math.Max(0, Previous), limit - amount);
        if (room >= Sliding)
            return 0;
        if (room >= current && previous > 0)
            return 1 - (double)(room - current) / previous - Elapsed; // as much of the previous one must have gone by
        return 1 - Elapsed + (current > 0 && room > 0 ? Math.Clamp(1 - (double)room / current, 0, 1) : 1);
    }

    /// <summary>Which window runs, and how much of it is over.</summary>
    /// <param name="ticks">
    /// Now: by the wall clock where gateways share their windows, by the monotonic one where a window is this process's own.
    /// </param>
    /// <param name="window">Its length.</param>
    public static (long Window, double Elapsed) At(long ticks, TimeSpan window)
    {
        var length = Math.Max(1, window.Ticks);
        return (ticks / length, ticks % length / (double)length);
    }
}
