namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// Counts and small values with an expiry that gateways share. No answer depends on them, so no method throws or takes long: where the
/// shared store fails, this process's own store is used. Thread-safe.
/// </summary>
internal interface ISharedStore
{
    /// <summary>Whether other gateways see the same values at the moment; if not, they hold for this gateway only.</summary>
    bool IsShared { get; }

    /// <summary>Adds to a counter and reads it; 0 only reads, a negative amount takes back. A counter always has the same window.</summary>
    ValueTask<WindowCount> AddAsync(string counter, long amount, TimeSpan window);

    /// <summary>The value of a key; null when there is none, or it expired or was evicted. Don't change the array.</summary>
    ValueTask<byte[]?> GetAsync(string key);

    /// <summary>Sets the value of a key. The array is not copied: don't change it afterwards.</summary>
    /// <returns>Whether the value is kept; one that is too large is not.</returns>
    ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life);

    /// <summary>Sets the value of a key that has none, as <see cref="PutAsync"/> does.</summary>
    /// <returns>Whether the value is kept.</returns>
    ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life);

    /// <summary>Takes a lock that one owner holds at a time and that expires. The owner claims again to hold it for longer.</summary>
    /// <returns>Whether this owner holds it now.</returns>
    ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life);

    /// <summary>Gives a claim up; does nothing when another owner holds it.</summary>
    ValueTask ReleaseAsync(string name, string owner);
}
