using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Telemetry;

/// <summary>One move of one answer from replica to replica.</summary>
internal sealed record FailoverEntry
{
    /// <summary>When the attempt on <see cref="From"/> ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The answer's id, <c>chatcmpl-...</c>.</summary>
    public required string Request { get; init; }

    /// <summary>Replica that failed.</summary>
    public required string From { get; init; }

    /// <summary>Replica that went on; null while there is none.</summary>
    public string? To { get; init; }

    /// <summary>How the next attempt continues the answer, such as <c>exact</c>; null when the answer can't go on.</summary>
    public required string? Kind { get; init; }

    /// <summary>How the attempt ended.</summary>
    public required AttemptOutcome Cause { get; init; }

    /// <summary>Number of tokens that the answer had when the attempt ended.</summary>
    public required int Tokens { get; init; }

    /// <summary>Time from the last token before the move to the first after it; null when one of the two is missing.</summary>
    public TimeSpan? Silence { get; init; }

    /// <summary><c>mid_stream</c> when the answer had begun, else <c>before_first_byte</c>.</summary>
    public string Phase => Tokens > 0 ? "mid_stream" : "before_first_byte";
}

/// <summary>The last failovers, for the status page. Thread-safe.</summary>
internal sealed class FailoverLog
{
    private const int Kept = 50;

    private readonly Lock _lock = new();
    private readonly LinkedList<FailoverEntry> _entries = [];

    /// <summary>The entries, newest first.</summary>
    public IReadOnlyList<FailoverEntry> Recent
    {
        get
        {
            lock (_lock)
                return [.. _entries];
        }
    }

    /// <summary>Adds an entry.</summary>
    public void Add(FailoverEntry entry)
    {
        lock (_lock)
        {
            _entries.AddFirst(entry);
            if (_entries.Count > Kept)
                _entries.RemoveLast();
        }
    }

    /// <summary>Replaces an entry by one that knows more.</summary>
    public void Replace(FailoverEntry old, FailoverEntry entry)
    {
        lock (_lock)
        {
            if (_entries.Find(old) is { } node)
                node.Value = entry;
        }
    }
}
