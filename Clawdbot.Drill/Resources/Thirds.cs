namespace Clawdbot.Drill.Resources;

/// <summary>Means over the thirds of a run, and the greatest value. The first third contains a process's start.</summary>
internal sealed record Thirds(double First, double Middle, double Last, double Max)
{
    /// <summary>
    /// Growth from the middle third to the last, percent; 0 where it is no more than <paramref name="noise"/>, NaN where one is missing.
    /// </summary>
    public double Growth(double noise) => double.IsNaN(Last - Middle) ? double.NaN
        : Last - Middle <= noise ? 0
        : 100 * ((Last / Middle) - 1);

    /// <summary>Computes the means.</summary>
    /// <param name="values">Values with their times, milliseconds.</param>
    /// <param name="length">Length of the run, milliseconds.</param>
    public static Thirds Of(IReadOnlyList<(double At, double Value)> values, double length)
    {
        return new Thirds(Mean(0), Mean(1), Mean(2), values.Select(v => v.Value).DefaultIfEmpty(double.NaN).Max());

        double Mean(int third) => values.Where(v => (int)Math.Clamp(3 * v.At / length, 0, 2) == third)
            .Select(v => v.Value).DefaultIfEmpty(double.NaN).Average();
    }
}
