namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>Keeps at most a given number of values; the one unused for longest is dropped first. Thread-safe.</summary>
internal sealed class LruCache<TValue>(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, LinkedListNode<(UInt128 Key, TValue Value)>> _byKey = [];
    private readonly LinkedList<(UInt128 Key, TValue Value)> _byUse = [];

    /// <summary>Finds the value of a key and marks it as last used; false when it is not kept.</summary>
    public bool TryGet(UInt128 key, out TValue value)
    {
        lock (_lock)
        {
            var isHere = _byKey.TryGetValue(key, out var node);
            value = isHere ? node!.Value.Value : default!;
            if (isHere)
            {
                _byUse.Remove(node!);
                _byUse.AddFirst(node!);
            }
            return isHere;
        }
    }

    /// <summary>Keeps a value, unless its key has one already.</summary>
    public void Add(UInt128 key, TValue value)
    {
        lock (_lock)
        {
            if (most == 0 || _byKey.ContainsKey(key))
                return;
            if (_byKey.Count == most)
            {
                _byKey.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }
            _byKey[key] = _byUse.AddFirst((key, value));
        }
    }
}
