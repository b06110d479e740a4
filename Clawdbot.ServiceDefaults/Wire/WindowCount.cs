using System.Text.Json.Serialization;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>The value of a counter in consecutive windows of time.</summary>
/// <param name="Current">Sum in the running window.</param>
/// <param name="Previous">Sum in the window before it.</param>
/// <param name="Elapsed">Share of the running window that is over, 0 to 1.</param>
public readonly record struct WindowCount(long Current, long Previous, double Elapsed)
{
    /// <summary>Largest number that another process may tell.</summary>
    public const long Largest = 1L << 48;

    /// <summary>
    /// The sum over the length of a window up to now, with the previous window taken as evenly spread: around the turn of a window, a limit
    /// on this sum can't be used twice.
    /// </summary>
    [JsonIgnore]
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
            return 1 - (double)(room - current) / previous - Elapsed; // enough of the previous window must be over
        return 1 - Elapsed + (current > 0 && room > 0 ? Math.Clamp(1 - (double)room / current, 0, 1) : 1);
    }

    /// <summary>Whether it can be a count that another process tells: not negative, and small enough for sums of such counts.</summary>
    [JsonIgnore]
    public bool IsSound => Current is >= 0 and <= Largest && Previous is >= 0 and <= Largest && Elapsed is >= 0 and < 1;

    /// <summary>The time until <see cref="Sliding"/> is 0, in lengths of a window, if nothing more is added.</summary>
    [JsonIgnore]
    public double UntilNone => Current > 0 ? 2 - Elapsed : 1 - Elapsed;

    /// <summary>The same counter so many lengths of a window later, when nothing was added to it.</summary>
    public WindowCount After(double windows)
    {
        var at = Elapsed + windows;
        return at < 1 ? this with { Elapsed = at } : at < 2 ? new WindowCount(0, Current, at - 1) : new WindowCount(0, 0, at % 1);
    }

    /// <summary>This and another counter as one, which is forgotten no sooner than both of them.</summary>
    public WindowCount And(WindowCount other) => new(Current + other.Current, Previous + other.Previous, Math.Min(Elapsed, other.Elapsed));

    /// <summary>The number of the running window, and the share of it that is over.</summary>
    /// <param name="ticks">
    /// Now: by the wall clock where gateways share their windows, by the monotonic one where a window is this process's own.
    /// </param>
    /// <param name="window">Length of a window.</param>
    public static (long Window, double Elapsed) At(long ticks, TimeSpan window)
    {
        var length = Math.Max(1, window.Ticks);
        return (ticks / length, ticks % length / (double)length);
    }
}
