namespace Clawdbot.InferenceShim.Generation;

/// <summary>Keeps how long the last canaries took to their token, which limits what the next one may take. Thread-safe.</summary>
internal sealed class CanaryLatency
{
    /// <summary>
    /// Times kept: those of four canaries with a picture, which is sent twice. The very first one may have waited until a model was loaded;
    /// it is forgotten by then.
    /// </summary>
    private const int Kept = 8;

    /// <summary>Fewest times to judge by: one of a picture never seen, and one of a picture in the engine's cache.</summary>
    private const int Enough = 2;

    private readonly Lock _lock = new();
    private readonly Queue<TimeSpan> _last = new(Kept);

    /// <summary>The longest of these times; null when there are too few.</summary>
    public TimeSpan? Slowest
    {
        get
        {
            lock (_lock)
                return _last.Count < Enough ? null : _last.Max();
        }
    }

    /// <summary>Takes the time of an answered canary.</summary>
    public void Took(TimeSpan time)
    {
        lock (_lock)
        {
            if (_last.Count == Kept)
                _last.Dequeue();
            _last.Enqueue(time);
        }
    }

    /// <summary>Forgets all times, because another engine answers from now on.</summary>
    public void Forget()
    {
        lock (_lock)
            _last.Clear();
    }
}
