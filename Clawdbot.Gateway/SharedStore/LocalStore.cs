using System.Text;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>The store in the memory of this process, bounded in number, bytes and time.</summary>
internal sealed class LocalStore(IOptions<SharedStoreOptions> options, TimeProvider time) : ISharedStore
{
    /// <summary>Most bytes of claims, which have their own cache so that answers don't evict them.</summary>
    private const int ClaimBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly BoundedTtlCache _values = new(options.Value.Entries, (long)options.Value.Mebibytes << 20, time);
    private readonly BoundedTtlCache _claims = new(options.Value.Entries, ClaimBytes, time);

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public ValueTask<WindowCount?> AddAsync(string counter, long amount, TimeSpan window) => default;

    /// <inheritdoc/>
    public ValueTask<long?> HoldAsync(string name, Holding holding, int limit, TimeSpan life) => default;

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string key)
    {
        lock (_lock)
            return ValueTask.FromResult(_values.Get(key));
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life)
    {
        lock (_lock)
            return ValueTask.FromResult(_values.Put(key, value, life));
    }

    /// <inheritdoc/>
    public ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life)
    {
        lock (_lock)
            return ValueTask.FromResult(_values.Get(key) is null && _values.Put(key, value, life));
    }

    /// <inheritdoc/>
    public async ValueTask<bool?> PutForAllAsync(string key, byte[] value, TimeSpan life) => await PutIfAbsentAsync(key, value, life);

    /// <inheritdoc/>
    public ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life)
    {
        var mine = Encoding.UTF8.GetBytes(owner);
        lock (_lock)
        {
            var isFree = _claims.Get(name) is not { } holder || holder.AsSpan().SequenceEqual(mine);
            return ValueTask.FromResult(isFree && _claims.Put(name, mine, life));
        }
    }

    /// <inheritdoc/>
    public ValueTask ReleaseAsync(string name, string owner)
    {
        lock (_lock)
        {
            if (_claims.Get(name) is { } holder && holder.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(owner)))
                _claims.Remove(name);
        }
        return ValueTask.CompletedTask;
    }
}
