namespace Clawdbot.Gateway.Admission;

/// <summary>
/// How long a place is held at the most, nearly always: what 99 of 100 of the last ones did not exceed, and a tenth more. Of answers nothing is known but
/// what was seen: their lengths are no bell curve, so no mean and deviation stand for the long ones. Not thread-safe.
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

    /// <summary>Seconds; 0 where none was seen.</summary>
    public double Seconds => _seconds ??= Find();

    /// <summary>A place was held so long, seconds.</summary>
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
