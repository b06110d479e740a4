using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// Counts and small values with an expiry that gateways share. No answer depends on them but one in the background, so no method throws or
/// takes long: where the shared store fails, values are kept in this process, and counts are not. Thread-safe.
/// </summary>
internal interface ISharedStore
{
    /// <summary>Whether other gateways see the same values at the moment; if not, they hold for this gateway only.</summary>
    bool IsShared { get; }

    /// <summary>Adds to a counter and reads it; 0 only reads, a negative amount takes back. A counter always has the same window.</summary>
    /// <returns>What all gateways added; null when no shared store answered, and it may or may not have been added.</returns>
    ValueTask<WindowCount?> AddAsync(string counter, long amount, TimeSpan window);

    /// <summary>Says how much a gateway holds of something. It is forgotten after <paramref name="life"/>, unless said again.</summary>
    /// <param name="name">What is held.</param>
    /// <param name="holding">The gateway's part; one with fewer changes than what it said before is not noted.</param>
    /// <param name="limit">When all hold more than this, the last one that this gateway holds is not noted; 0: no limit.</param>
    /// <param name="life">How long it counts.</param>
    /// <returns>How much the other gateways hold; null when no shared store answered.</returns>
    ValueTask<long?> HoldAsync(string name, Holding holding, int limit, TimeSpan life);

    /// <summary>The value of a key; null when there is none, or it expired or was evicted. Don't change the array.</summary>
    ValueTask<byte[]?> GetAsync(string key);

    /// <summary>Sets the value of a key. The array is not copied: don't change it afterwards.</summary>
    /// <returns>Whether the value is kept; one that is too large is not.</returns>
    ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life);

    /// <summary>Sets the value of a key that has none, as <see cref="PutAsync"/> does.</summary>
    /// <returns>Whether the value is kept.</returns>
    ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life);

    /// <summary>
    /// Sets the value of a key that has none, where all gateways see it: in place of a shared store that fails nothing else will do.
    /// </summary>
    /// <returns>
    /// Whether the value is kept; false when the key has one. Null when the shared store did not answer: it may or may not have been kept.
    /// </returns>
    ValueTask<bool?> PutForAllAsync(string key, byte[] value, TimeSpan life);

    /// <summary>Takes a lock that one owner holds at a time and that expires. The owner claims again to hold it for longer.</summary>
    /// <returns>Whether this owner holds it now.</returns>
    ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life);

    /// <summary>Gives a claim up; does nothing when another owner holds it.</summary>
    ValueTask ReleaseAsync(string name, string owner);
}

/// <summary>How much one gateway holds of something.</summary>
/// <param name="Gateway">Name of the gateway.</param>
/// <param name="Held">The amount.</param>
/// <param name="Changes">Number of its changes until now, by which later ones are known.</param>
internal readonly record struct Holding(string Gateway, long Held, long Changes);
