using System.Collections.Immutable;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Replicas;

/// <summary>One replica as one <see cref="ReplicaSet"/> has it. Immutable but for <see cref="Live"/>.</summary>
internal sealed record Replica
{
    /// <summary>Stable over restarts, such as <c>local-0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Which source it came from.</summary>
    public required string Source { get; init; }

    /// <summary>Where it listens; null while it does not.</summary>
    public required Uri? Address { get; init; }

    /// <summary>Where it stands.</summary>
    public required ReplicaState State { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Since when it is in this state, as a date: for display only.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The same moment by the monotonic clock: what durations are taken from.</summary>
    public MonotonicTime EnteredState { get; init; }

    /// <summary>Why it is ejected, if it is.</summary>
    public required EjectionCause Ejection { get; init; }

    /// <summary>Process id, where known.</summary>
    public required int? Pid { get; init; }

    /// <summary>How often its process was started by this gateway; 0 when somebody else does.</summary>
    public required int Starts { get; init; }

    /// <summary>
    /// How much of the load it is given, beside the others: 1 for a full share, less for one that is doubted, slow, or not warm yet. More
    /// than 0, for it only compares: who is alone gets all.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>What changes with every request. The same object as long as the same process is meant.</summary>
    public required ReplicaLive Live { get; init; }

    /// <summary>Whether a new attempt may be sent there.</summary>
    public bool IsRoutable => Address is not null && State.IsServing();

    /// <summary>What it said that it is; null before it was heard of.</summary>
    public required ReplicaDescription? Description { get; init; }

    /// <summary>Model id it serves; null before it was heard of, or its engine by it.</summary>
    public string? Model => Description is { Model.Length: > 0 } said ? said.Model : null;

    /// <summary>All that it answers to.</summary>
    public ImmutableArray<string> Models => Description?.Models ?? [];

    /// <summary>How it continues what began elsewhere.</summary>
    public ContinuationKind Continuation => Description?.Continuation ?? ContinuationKind.None;

    /// <summary>Whether the same seed gives the same answer again.</summary>
    public bool IsRepeatable => Description?.IsRepeatable ?? false;

    /// <summary>Whether a seed makes its answers the same again; where it does not, it would only cost time.</summary>
    public bool WantsSeed => Description is { IsRepeatable: true } or { Continuation: ContinuationKind.Ids };

    /// <summary>See <see cref="ShimStatus.Identity"/>.</summary>
    public string? Identity => Description?.Identity;

    /// <summary>It is being started: by itself, or again by this gateway after its process ended.</summary>
    public bool IsReturning => State == ReplicaState.Starting || (Ejection == EjectionCause.Exited && Starts > 0);

    /// <summary>New requests it takes at once; at least 1.</summary>
    public int Capacity => Description?.Capacity ?? 1;
}

/// <summary>The moving part of a replica: load, last status, and the token that ends its attempts. Thread-safe.</summary>
internal sealed class ReplicaLive : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private int _inFlight;
    private int _answering;
    private int _entered;
    private ShimStatus? _status;
    private long _closedUntil = long.MinValue;
    private int _reserved;

    public ReplicaLive() => Lost = _lost.Token;

    /// <summary>Cancelled when hard evidence says that this process will not answer any more.</summary>
    public CancellationToken Lost { get; }

    /// <summary>The shim's last word.</summary>
    public ShimStatus? Status
    {
        get => Volatile.Read(ref _status);
        set => Volatile.Write(ref _status, value);
    }

    /// <summary>How fast it answered lately.</summary>
    public ObservedLatency Latency { get; } = new();

    /// <summary>This gateway's attempts there.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests there as far as known: ours at once, other gateways' as of the last status.</summary>
    public int Load => Math.Max(InFlight, Status?.InFlight ?? 0);

    /// <summary>Of <see cref="InFlight"/>, those that have had a token.</summary>
    public int Answering => Volatile.Read(ref _answering);

    /// <summary>Why <see cref="Lost"/> was cancelled; none before, and when it only left the fleet.</summary>
    public EjectionCause LostBy { get; set; }

    /// <summary>
    /// Whether new attempts must keep away: it said to come again later than <paramref name="now"/>, or one request has it for itself.
    /// </summary>
    public bool IsClosed(long now) => Volatile.Read(ref _closedUntil) > now || IsReserved;

    /// <summary>Whether one request has it for itself.</summary>
    public bool IsReserved => Volatile.Read(ref _reserved) != 0;

    /// <summary>It said when to come again: nothing is sent there until then.</summary>
    public void Close(TimeSpan wait, TimeProvider time) =>
        CloseUntil(time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency));

    /// <summary>How long nothing is sent there because it said so; null when it takes requests.</summary>
    public TimeSpan? OpensIn(TimeProvider time)
    {
        var (until, now) = (Volatile.Read(ref _closedUntil), time.GetTimestamp());
        return until > now ? time.GetElapsedTime(now, until) : null;
    }

    /// <summary>Keeps it for one request; false when another one has it. What runs there already goes on.</summary>
    public bool TryReserve() => Interlocked.CompareExchange(ref _reserved, 1, 0) == 0;

    /// <summary>Others may have it again.</summary>
    public void Release() => Volatile.Write(ref _reserved, 0);

    /// <summary>It said when to come again, as a timestamp; the latest that it said counts.</summary>
    private void CloseUntil(long timestamp)
    {
        for (var until = Volatile.Read(ref _closedUntil); until < timestamp;)
        {
            var seen = Interlocked.CompareExchange(ref _closedUntil, timestamp, until);
            if (seen == until)
                return;
            until = seen;
        }
    }

    /// <summary>An attempt begins; dispose what is returned when it ends.</summary>
    public AttemptSlot Enter() => new(this);

    /// <summary>Ends all attempts there at once, each on a thread of its own choosing: the caller holds a lock.</summary>
    public void Lose() => _ = _lost.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _lost.Dispose();

    /// <summary>One attempt's time on a replica.</summary>
    internal sealed class AttemptSlot : IDisposable
    {
        private readonly ReplicaLive _live;
        private readonly int _entry;
        private readonly bool _cameAlone;
        private bool _answering;

        public AttemptSlot(ReplicaLive live)
        {
            _live = live;
            _entry = Interlocked.Increment(ref live._entered);
            _cameAlone = Interlocked.Increment(ref live._inFlight) == 1;
        }

        /// <summary>No other attempt of this gateway was there at any time during this one.</summary>
        public bool WasAlone => _cameAlone && Volatile.Read(ref _live._entered) == _entry;

        /// <summary>A token came.</summary>
        public void GotToken()
        {
            if (_answering)
                return;
            _answering = true;
            Interlocked.Increment(ref _live._answering);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_answering)
                Interlocked.Decrement(ref _live._answering);
            Interlocked.Decrement(ref _live._inFlight);
        }
    }
}
