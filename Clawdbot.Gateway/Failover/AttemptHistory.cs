using Clawdbot.Gateway.Telemetry;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// The attempts and failovers of one request, for the client's details and the status page. Thread-safe, because two attempts may run.
/// </summary>
internal sealed class AttemptHistory(FailoverLog log)
{
    private readonly Lock _lock = new();
    private readonly List<FailoverEntry> _failovers = [];
    private readonly List<AttemptRecord> _records = new(1);
    private int _attempts;

    /// <summary>Number of attempts begun so far.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>The attempts that ended, in the order of their ends.</summary>
    public IReadOnlyList<AttemptRecord> Records
    {
        get
        {
            lock (_lock)
                return [.. _records];
        }
    }

    /// <summary>The failovers, oldest first.</summary>
    public IReadOnlyList<FailoverEntry> Failovers
    {
        get
        {
            lock (_lock)
                return _failovers.Count == 0 ? [] : [.. _failovers];
        }
    }

    /// <summary>Whether any attempt was replaced.</summary>
    public bool HasFailovers
    {
        get
        {
            lock (_lock)
                return _failovers.Count > 0;
        }
    }

    /// <summary>The last failover if no token has come since; null otherwise.</summary>
    public FailoverEntry? LastUnresumed
    {
        get
        {
            lock (_lock)
                return _failovers is [.., { To: null } last] ? last : null;
        }
    }

    /// <summary>Counts an attempt that begins, and returns its number; 1 for the first.</summary>
    public int Begins() => Interlocked.Increment(ref _attempts);

    /// <summary>Adds an attempt that ended.</summary>
    public void Attempted(AttemptRecord record)
    {
        lock (_lock)
            _records.Add(record);
    }

    /// <summary>Adds the failover of an attempt that failed and is to be replaced.</summary>
    public void Failed(FailoverEntry entry)
    {
        lock (_lock)
            _failovers.Add(entry);
        log.Add(entry);
    }

    /// <summary>Completes the open failovers: an attempt on <paramref name="replica"/> had its first token.</summary>
    public void Resumed(string replica, TimeSpan? silence)
    {
        lock (_lock)
        {
            // Every failover since the last token ends only now.
            for (var i = _failovers.Count - 1; i >= 0 && _failovers[i].To is null; i--)
            {
                var entry = _failovers[i] with { To = replica, Silence = silence };
                log.Replace(_failovers[i], entry);
                _failovers[i] = entry;
            }
        }
    }
}
