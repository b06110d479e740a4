namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// What gateways better know together: counts and small things with an end. Nothing here is needed for a right answer, so nothing
/// here throws or takes long: where the store that is shared fails, this process's own answers. Thread-safe.
/// </summary>
internal interface ISharedStore
{
    /// <summary>Whether other gateways see the same at the moment. Where they do not, what is kept here binds only this one.</summary>
    bool IsShared { get; }

    /// <summary>Adds to a counter and reads it; 0 only reads, less than 0 takes back. A name has always the same window.</summary>
    ValueTask<WindowCount> AddAsync(string counter, long amount, TimeSpan window);

    /// <summary>What was put there; null when it never was, or is over, or was evicted. Don't change it.</summary>
    ValueTask<byte[]?> GetAsync(string key);

    /// <summary>Puts it there, whatever was there. It is not copied: don't change it afterwards.</summary>
    /// <returns>Whether it is kept; what is too large is not.</returns>
    ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life);

    /// <summary>As <see cref="PutAsync"/>, unless something is there.</summary>
    /// <returns>Whether it is kept.</returns>
    ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life);

    /// <summary>A cheap lock that ends by itself: held by one owner at a time. The owner claims again to hold it for longer.</summary>
    /// <returns>Whether it is this owner's now.</returns>
    ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life);

    /// <summary>Gives a claim up; does nothing when it is somebody else's.</summary>
    ValueTask ReleaseAsync(string name, string owner);
}
