namespace Clawdbot.Gateway.Admission;

/// <summary>
/// How fast places get free, from what was seen lately: seconds of places used over places returned, those still held included, so that it
/// shows at once when answers get slow. It says the same whether the fleet is full or idle. Not thread-safe.
/// </summary>
internal sealed class DrainRate(TimeProvider time)
{
    /// <summary>How long an answer takes, before any was seen.</summary>
    private const double Guess = 2;

    /// <summary>What is seen in these is kept apart; the last one and the running one count.</summary>
    private const double Slice = 5;

    /// <summary>A slice lasts until so many were returned, so that a slow fleet is not judged by one answer.</summary>
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

    /// <summary>Whether enough was seen to refuse somebody for it.</summary>
    public bool IsSure => _returns >= LeastReturns;

    /// <summary>A place was taken.</summary>
    public void Taken(long at)
    {
        _held++;
        _heldSince += Seconds(at);
    }

    /// <summary>A place that was taken then is free now.</summary>
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

    /// <summary>A place that was taken then was given back unused: it says nothing of how long answers take.</summary>
    public void Undone(long since)
    {
        _held--;
        _heldSince -= Seconds(since);
    }

    /// <summary>How long a place is held, mean, seconds.</summary>
    public double HoldSeconds(long now) => Math.Max(0.001, (Used(now) - _older.Used) / Math.Max(1, _returns - _older.Returns));

    /// <summary>How long a place is held at the most, nearly always, seconds.</summary>
    public double LongHoldSeconds => _holdTimes.Seconds;

    /// <summary>Seconds of places used from the beginning to now.</summary>
    private double Used(long now) => _returnedSeconds + (_held * Seconds(now)) - _heldSince;

    private double Seconds(long timestamp) => (timestamp - _origin) / _frequency;
}
