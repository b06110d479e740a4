namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Measures how fast places get free: the seconds for which places were used lately, those still held included, divided by the places
/// returned. It rises as soon as answers get slow, and does not depend on how full the fleet is. Not thread-safe.
/// </summary>
internal sealed class DrainRate(TimeProvider time)
{
    /// <summary>Assumed seconds of an answer before any was measured.</summary>
    private const double Guess = 2;

    /// <summary>Least seconds of a slice of measurements; the last slice and the running one count.</summary>
    private const double Slice = 5;

    /// <summary>Least number of places returned in a slice, so that a slow fleet is not judged by one answer.</summary>
    private const int LeastReturns = 8;

    private readonly double _frequency = time.TimestampFrequency;
    private readonly long _origin = time.GetTimestamp();
    private readonly HoldTimeQuantile _holdTimes = new();
    private (double At, double Used, long Returns) _older = (0, -Guess, -1);
    private (double At, double Used, long Returns) _newer = (0, -Guess, -1);
    private long _returns;
    private double _returnedSeconds;
    private double _heldSince;
    private int _held;

    /// <summary>Whether enough was measured to refuse requests because of it.</summary>
    public bool IsSure => _returns >= LeastReturns;

    /// <summary>Notes that a place was taken.</summary>
    public void Taken(long at)
    {
        _held++;
        _heldSince += Seconds(at);
    }

    /// <summary>Notes that a place was returned.</summary>
    public void Returned(long since, long now)
    {
        _held--;
        _heldSince -= Seconds(since);
        _returns++;
        _returnedSeconds += Seconds(now) - Seconds(since);
        _holdTimes.Add(Seconds(now) - Seconds(since));
        if (Seconds(now) - _newer.At >= Slice && _returns - _newer.Returns >= LeastReturns)
            (_older, _newer) = (_newer, (Seconds(now), Used(now), _returns));
    }

    /// <summary>Notes that a place was given back unused, which says nothing about how long answers take.</summary>
    public void Undone(long since)
    {
        _held--;
        _heldSince -= Seconds(since);
    }

    /// <summary>Mean seconds for which a place is held.</summary>
    public double HoldSeconds(long now) => Math.Max(0.001, (Used(now) - _older.Used) / Math.Max(1, _returns - _older.Returns));

    /// <summary>Seconds for which a place is nearly always held at most.</summary>
    public double LongHoldSeconds => _holdTimes.Seconds;

    /// <summary>Seconds for which places were used, summed from the start to now.</summary>
    private double Used(long now) => _returnedSeconds + (_held * Seconds(now)) - _heldSince;

    private double Seconds(long timestamp) => (timestamp - _origin) / _frequency;
}
