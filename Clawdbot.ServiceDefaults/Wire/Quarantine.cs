using System.Security.Cryptography;

namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>A request that no engine survived.</summary>
/// <param name="Hash">Of its body; see <see cref="Quarantine.Hash"/>.</param>
/// <param name="Bytes">Length of its body: only what is as long has to be hashed.</param>
/// <param name="Until">Until when it is refused. A moment and no length of time: told to and fro, a length would never end.</param>
public sealed record QuarantinedRequest(string Hash, long Bytes, DateTimeOffset Until);

/// <summary>
/// Requests that are refused for a while, as every gateway and every shim holds them. Those that last longest are kept when there are too many:
/// so all keep the same. Thread-safe.
/// </summary>
public sealed class Quarantine(TimeProvider time)
{
    /// <summary>They travel with every status.</summary>
    public const int Most = 64;

    /// <summary>Nobody may have anything refused for longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<QuarantinedRequest>? _entries;

    /// <summary>Those that last; null for none, which is nearly always.</summary>
    public IReadOnlyList<QuarantinedRequest>? Entries
    {
        get
        {
            var entries = Volatile.Read(ref _entries);
            if (entries is null)
                return null;
            var now = time.GetUtcNow();
            return entries.TrueForAll(e => e.Until > now) ? entries : Trim();
        }
    }

    /// <summary>Completes at the next <see cref="Add"/> that was news.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <summary>Takes one in; false when it was known, or is over.</summary>
    public bool Add(QuarantinedRequest entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        TaskCompletionSource changed;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (entry.Until <= now || entry.Hash.Length != HashLength || _entries?.Exists(e => e.Hash == entry.Hash) == true)
                return false;
            var until = entry.Until > now + Longest ? now + Longest : entry.Until;
            List<QuarantinedRequest> kept = [.. (_entries ?? []).Append(entry with { Until = until }).OrderByDescending(e => e.Until).ThenBy(e => e.Hash, StringComparer.Ordinal).Take(Most)];
            Volatile.Write(ref _entries, kept);
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
        return true;
    }

    /// <summary>Until when this body is refused; null when it is not.</summary>
    public DateTimeOffset? Until(ReadOnlyMemory<byte> body)
    {
        if (Entries is not { } entries || !entries.Any(e => e.Bytes == body.Length))
            return null;
        var hash = Hash(body.Span);
        return entries.FirstOrDefault(e => e.Hash == hash)?.Until;
    }

    /// <summary>
    /// 32 hexadecimal digits over the body's bytes as they came. All of them: what is left out could be what kills. A client that changes anything
    /// has another request, which must prove itself anew.
    /// </summary>
    public static string Hash(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash[..(HashLength / 2)]);
    }

    private const int HashLength = 32;

    private List<QuarantinedRequest>? Trim()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            List<QuarantinedRequest> lasting = [.. (_entries ?? []).Where(e => e.Until > now)];
            _entries = lasting.Count == 0 ? null : lasting;
            return _entries;
        }
    }
}
