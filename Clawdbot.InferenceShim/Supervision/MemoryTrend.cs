namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Tells whether memory grows steadily, by a line of least squares through what was seen in a window of time.</summary>
internal sealed class MemoryTrend(TimeSpan window)
{
    /// <summary>How much of the variance the line must explain: a cache that fills up in steps, or a sawtooth, is no leak.</summary>
    private const double Steady = 0.8;

    private readonly Queue<(TimeSpan At, double Gib)> _seen = [];

    /// <summary>Takes the memory that is held now; what is older than the window is forgotten.</summary>
    public void Add(TimeSpan at, long bytes)
    {
        _seen.Enqueue((at, bytes / (double)(1 << 30)));
        while (at - _seen.Peek().At > window)
            _seen.Dequeue();
    }

    /// <summary>Forgets all, because another process is looked at.</summary>
    public void Clear() => _seen.Clear();

    /// <summary>Growth in GiB per hour; null when the window is not full yet, or the growth not steady.</summary>
    public double? GibPerHour()
    {
        if (_seen.Count < 3 || _seen.Last().At - _seen.Peek().At < window * 0.9)
            return null;
        var (meanAt, meanGib) = (_seen.Average(s => s.At.TotalHours), _seen.Average(s => s.Gib));
        var (timeTime, timeGib, gibGib) = (0.0, 0.0, 0.0);
        foreach (var (at, gib) in _seen)
        {
            var (dt, dg) = (at.TotalHours - meanAt, gib - meanGib);
            (timeTime, timeGib, gibGib) = (timeTime + (dt * dt), timeGib + (dt * dg), gibGib + (dg * dg));
        }
        return gibGib > 0 && timeGib * timeGib / (timeTime * gibGib) >= Steady ? timeGib / timeTime : null;
    }
}
