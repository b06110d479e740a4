using HdrHistogram;

namespace Clawdbot.Testing.Load;

/// <summary>Percentiles of durations in milliseconds, exact to three digits.</summary>
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

    /// <summary>The mean; NaN without values.</summary>
    public double Mean => Count == 0 ? double.NaN : _sum / Count;

    /// <summary>The greatest value; NaN without values.</summary>
    public double Max => At(100);

    /// <summary>The value that <paramref name="percent"/> percent of all don't exceed; NaN without values.</summary>
    public double At(double percent) => Count == 0 ? double.NaN : _microseconds.GetValueAtPercentile(percent) / 1000.0;
}
