using System.Security.Cryptography;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>A request that no engine survived.</summary>
/// <param name="Hash">Hash of its body; see <see cref="Quarantine.Hash"/>.</param>
/// <param name="Bytes">Length of its body; only bodies of this length need to be hashed.</param>
/// <param name="Until">The time until which it is refused; processes that repeat it to each other do not prolong it.</param>
public sealed record QuarantinedRequest(string Hash, long Bytes, DateTimeOffset Until);

/// <summary>
/// Requests that are refused for a while, as every gateway and every shim holds them. When there are too many, those that last longest
/// are kept, so that all processes keep the same. Thread-safe.
/// </summary>
/// <remarks>
/// The wall clock is read once for each entry, when it comes in, to compute how long it still lasts. From then on the monotonic clock
/// counts, so that a step of the wall clock neither ends nor prolongs an entry.
/// </remarks>
public sealed class Quarantine(TimeProvider time)
{
    /// <summary>Most entries that are kept; all of them are sent with every status.</summary>
    public const int Most = 64;

    /// <summary>Longest time for which a request is refused.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private List<QuarantinedRequest>? _entries;

    /// <summary>The ends of <see cref="_entries"/>, by hash, and when the first of them is due.</summary>
    private readonly Dictionary<string, MonotonicTime> _ends = [];
    private long _firstEnd;

    /// <summary>
    /// The latest entries that have ended here. Other processes may still send one, and by a wall clock that was set back it would seem to
    /// last.
    /// </summary>
    private readonly Queue<QuarantinedRequest> _over = [];

    /// <summary>The entries that have not ended; null for none, which is nearly always so.</summary>
    public IReadOnlyList<QuarantinedRequest>? Entries
    {
        get
        {
            var entries = Volatile.Read(ref _entries);
            return entries is null || time.GetMonotonicTime().Ticks < Volatile.Read(ref _firstEnd) ? entries : Trim();
        }
    }

    /// <summary>Completes when the next entry is added.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Adds an entry from another process; false when it is known, or has ended.</summary>
    public bool Add(QuarantinedRequest entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            Trim();
            if (entry.Hash.Length != HashLength || _over.Any(e => e.Hash == entry.Hash && e.Until >= entry.Until))
                return false;
        }
        var now = time.GetUtcNow();
        return Keep(entry.Until > now + Longest ? entry with { Until = now + Longest } : entry, entry.Until - now);
    }

    /// <summary>Refuses a body for <paramref name="length"/> from now on; returns the end by the wall clock.</summary>
    public DateTimeOffset Add(ReadOnlyMemory<byte> body, TimeSpan length)
    {
        var until = time.GetUtcNow() + length;
        Keep(new QuarantinedRequest(Hash(body.Span), body.Length, until), length);
        return until;
    }

    /// <summary>The time until which this body is refused; null when it is not.</summary>
    public DateTimeOffset? Until(ReadOnlyMemory<byte> body)
    {
        if (Entries is not { } entries || !entries.Any(e => e.Bytes == body.Length))
            return null;
        var hash = Hash(body.Span);
        return entries.FirstOrDefault(e => e.Hash == hash)?.Until;
    }

    /// <summary>
    /// 32 hexadecimal digits over all of the body's bytes as they came, because any of them may be what ends the engine. A body that
    /// differs in one byte is another request.
    /// </summary>
    public static string Hash(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash[..(HashLength / 2)]);
    }

    private const int HashLength = 32;

    private bool Keep(QuarantinedRequest entry, TimeSpan length)
    {
        lock (_lock)
        {
            Trim();
            if (length <= TimeSpan.Zero || _ends.ContainsKey(entry.Hash))
                return false;
            _ends.Add(entry.Hash, time.GetMonotonicTime() + (length < Longest ? length : Longest));
            Hold((_entries ?? []).Append(entry).OrderByDescending(e => e.Until).ThenBy(e => e.Hash, StringComparer.Ordinal).Take(Most));
        }
        _changed.Raise();
        return true;
    }

    private List<QuarantinedRequest>? Trim()
    {
        lock (_lock)
        {
            var now = time.GetMonotonicTime();
            foreach (var over in (_entries ?? []).Where(e => _ends[e.Hash] <= now))
                _over.Enqueue(over);
            while (_over.Count > Most)
                _over.Dequeue();
            Hold((_entries ?? []).Where(e => _ends[e.Hash] > now));
            return _entries;
        }
    }

    private void Hold(IEnumerable<QuarantinedRequest> lasting)
    {
        List<QuarantinedRequest> kept = [.. lasting];
        foreach (var hash in _ends.Keys.Except(kept.Select(e => e.Hash)).ToList())
            _ends.Remove(hash);
        Volatile.Write(ref _firstEnd, kept.Count == 0 ? long.MaxValue : _ends.Values.Min(e => e.Ticks));
        Volatile.Write(ref _entries, kept.Count == 0 ? null : kept);
    }
}
