namespace Clawdbot.Gateway.Admission;

/// <summary>
/// The time that a place is nearly always held at most: what 99 of 100 of the last 128 did not exceed, plus a tenth. It is a quantile of
/// measured times because they are not normally distributed: mean and deviation would say nothing of the long ones. Not thread-safe.
/// </summary>
internal sealed class HoldTimeQuantile
{
    private const int Remembered = 128;
    private const double Quantile = 0.99;
    private const double Margin = 1.1;

    private readonly double[] _last = new double[Remembered];
    private readonly double[] _sorted = new double[Remembered];
    private int _count;
    private double? _seconds;

    /// <summary>The time in seconds; 0 when none was measured.</summary>
    public double Seconds => _seconds ??= Find();

    /// <summary>Adds the seconds for which a place was held.</summary>
    public void Add(double seconds)
    {
        _last[_count++ % Remembered] = seconds;
        _seconds = null;
    }

    private double Find()
    {
        var count = Math.Min(_count, Remembered);
        if (count == 0)
            return 0;
        var sorted = _sorted.AsSpan(0, count);
        _last.AsSpan(0, count).CopyTo(sorted);
        sorted.Sort();
        return Margin * sorted[(int)Math.Ceiling(Quantile * count) - 1];
    }
}
