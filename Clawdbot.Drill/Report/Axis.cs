using System.Globalization;

namespace Clawdbot.Drill.Report;

/// <summary>One axis of a drawing: the place of each value, 0 to 1, and its labels.</summary>
internal sealed class Axis
{
    private readonly double _from;
    private readonly double _to;
    private readonly bool _isLogarithmic;

    private Axis(double from, double to, bool isLogarithmic) => (_from, _to, _isLogarithmic) = (from, to, isLogarithmic);

    public required IReadOnlyList<(double Value, string Label)> Ticks { get; init; }

    /// <summary>From 0, in about five even steps.</summary>
    /// <param name="to">The greatest value.</param>
    /// <param name="unit">The unit behind the numbers.</param>
    public static Axis Linear(double to, string unit = "")
    {
        to = double.IsFinite(to) && to > 0 ? to : 1;
        var raw = to / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        var steps = (int)(to / step);
        return new Axis(0, to, false) { Ticks = [.. Enumerable.Range(0, steps + 1).Select(i => (i * step, Label(i * step, unit)))] };
    }

    /// <summary>Durations in milliseconds by powers of ten, so that short ones stay visible beside one a hundred times longer.</summary>
    public static Axis Durations(double least, double most)
    {
        var from = Math.Floor(Math.Log10(double.IsFinite(least) && least > 0 ? Math.Max(least, 0.1) : 1));
        var to = Math.Max(from + 1, Math.Ceiling(Math.Log10(double.IsFinite(most) && most > 0 ? most : 10)));
        return new Axis(from, to, true)
        {
            Ticks = [.. Enumerable.Range((int)from, (int)(to - from) + 1)
                .Select(p => (Math.Pow(10, p), p < 3 ? Label(Math.Pow(10, p), " ms") : Label(Math.Pow(10, p - 3), " s")))],
        };
    }

    /// <summary>The place of a value: 0 at the beginning, 1 at the end. Values outside of the axis are put at its ends.</summary>
    public double Place(double value) =>
        Math.Clamp(((_isLogarithmic ? Math.Log10(Math.Max(value, 1e-9)) : value) - _from) / (_to - _from), 0, 1);

    private static string Label(double value, string unit) => value.ToString("0.###", CultureInfo.InvariantCulture) + unit;
}
