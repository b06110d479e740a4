using HdrHistogram;

namespace Clawdbot.Testing.Load;

/// <summary>Percentiles of durations, in milliseconds, right to three digits.</summary>
internal sealed class Percentiles
{
    private const long Longest = 3_600_000_000; // an hour of microseconds

    private readonly LongHistogram _microseconds = new(Longest, 3);
    private double _sum;

    public Percentiles(IEnumerable<double> milliseconds)
    {
        foreach (var value in milliseconds)
        {
            _microseconds.RecordValue(Math.Clamp((long)(value * 1000), 0, Longest));
            _sum += value;
        }
    }

    public long Count => _microseconds.TotalCount;

    /// <summary>NaN where there is nothing.</summary>
    public double Mean => Count == 0 ? double.NaN : _sum / Count;

    /// <summary>NaN where there is nothing.</summary>
    public double Max => At(100);

    /// <summary>The value that <paramref name="percent"/> of all don't exceed; NaN where there is nothing.</summary>
    public double At(double percent) => Count == 0 ? double.NaN : _microseconds.GetValueAtPercentile(percent) / 1000.0;
}
