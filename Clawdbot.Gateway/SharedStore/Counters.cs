using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>Sums by name in windows of time, bounded in number. Not thread-safe.</summary>
internal sealed class Counters(int most, TimeProvider time)
{
    private readonly Dictionary<string, Sum> _sums = [];

    /// <summary>Number of counters kept.</summary>
    public int Count => _sums.Count;

    /// <summary>Adds to a counter and reads it.</summary>
    public WindowCount Add(string name, long amount, TimeSpan length)
    {
        var (window, elapsed) = WindowCount.At(time.GetMonotonicTime().Ticks, length);
        if (!_sums.TryGetValue(name, out var sum))
        {
            if (_sums.Count >= most)
                Sweep();
            _sums.Add(name, sum = new Sum { Length = length, Window = window });
        }
        sum.TurnTo(window);
        sum.Current += amount;
        return new WindowCount(sum.Current, sum.Previous, elapsed);
    }

    /// <summary>Removes the counters whose windows are over; if none is, the one that was added to longest ago.</summary>
    private void Sweep()
    {
        var now = time.GetMonotonicTime().Ticks;
        foreach (var (name, _) in _sums.Where(s => s.Value.Window + 1 < WindowCount.At(now, s.Value.Length).Window).ToList())
            _sums.Remove(name);
        if (_sums.Count >= most)
            _sums.Remove(_sums.MinBy(s => s.Value.Window * s.Value.Length.Ticks).Key);
    }

    private sealed class Sum
    {
        public required TimeSpan Length { get; init; }
        public required long Window { get; set; }
        public long Current { get; set; }
        public long Previous { get; private set; }

        public void TurnTo(long window)
        {
            if (window == Window)
                return;
            Previous = window == Window + 1 ? Current : 0;
            (Window, Current) = (window, 0);
        }
    }
}
