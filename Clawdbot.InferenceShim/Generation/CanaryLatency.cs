namespace Clawdbot.InferenceShim.Generation;

/// <summary>How long the last canaries took to their token: what the next one may take. Thread-safe.</summary>
internal sealed class CanaryLatency
{
    /// <summary>
    /// As many as four canaries with a picture. The first of all may have waited until a model was loaded; it is forgotten by then.
    /// </summary>
    private const int Kept = 8;

    /// <summary>Both ways: a picture never seen, and one from the cache.</summary>
    private const int Enough = 2;

    private readonly Lock _lock = new();
    private readonly Queue<TimeSpan> _last = new(Kept);

    /// <summary>The slowest of them; null when there were too few.</summary>
    public TimeSpan? Slowest
    {
        get
        {
            lock (_lock)
                return _last.Count < Enough ? null : _last.Max();
        }
    }

    /// <summary>One was answered.</summary>
    public void Took(TimeSpan time)
    {
        lock (_lock)
        {
            if (_last.Count == Kept)
                _last.Dequeue();
            _last.Enqueue(time);
        }
    }

    /// <summary>Another engine answers from now on.</summary>
    public void Forget()
    {
        lock (_lock)
            _last.Clear();
    }
}
