using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>Values by key, each with an expiry, bounded in number and bytes: what expires soonest goes first. Not thread-safe.</summary>
/// <param name="most">Most values.</param>
/// <param name="mostBytes">Most bytes, keys and bookkeeping included.</param>
/// <param name="time">The clock.</param>
internal sealed class BoundedTtlCache(int most, long mostBytes, TimeProvider time)
{
    /// <summary>Estimated bytes that a value costs besides itself and its key.</summary>
    private const int Overhead = 160;

    private readonly Dictionary<string, Item> _items = [];
    private readonly SortedSet<Item> _byEnd = new(Comparer<Item>.Create(
        static (a, b) => a.End != b.End ? a.End.CompareTo(b.End) : a.Number.CompareTo(b.Number)));

    private long _numbers;

    /// <summary>Number of values kept, expired ones that are not removed yet included.</summary>
    public int Count => _items.Count;

    /// <summary>Bytes of the values kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>The value of a key; null when there is none.</summary>
    public byte[]? Get(string key) => _items.TryGetValue(key, out var item) && item.End > Now ? item.Value : null;

    /// <summary>Sets the value of a key; false when it is too large or its life is not positive.</summary>
    public bool Put(string key, byte[] value, TimeSpan life)
    {
        Remove(key);
        var item = new Item(key, value, Now + life.Ticks, _numbers++, value.Length + (2 * key.Length) + Overhead);
        if (item.Bytes > mostBytes || life <= TimeSpan.Zero)
            return false;
        while (_byEnd.Min is { } first && (first.End <= Now || _items.Count >= most || Bytes + item.Bytes > mostBytes))
            Remove(first.Key);
        _items.Add(key, item);
        _byEnd.Add(item);
        Bytes += item.Bytes;
        return true;
    }

    /// <summary>Removes a key, if it is there.</summary>
    public void Remove(string key)
    {
        if (!_items.Remove(key, out var item))
            return;
        _byEnd.Remove(item);
        Bytes -= item.Bytes;
    }

    private long Now => time.GetMonotonicTime().Ticks;

    private sealed record Item(string Key, byte[] Value, long End, long Number, int Bytes);
}
