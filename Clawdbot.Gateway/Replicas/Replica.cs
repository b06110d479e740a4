using System.Collections.Immutable;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Replicas;

/// <summary>One replica in a <see cref="ReplicaSet"/>. Immutable except for <see cref="Live"/>.</summary>
internal sealed record Replica
{
    /// <summary>Its name, stable over restarts, such as <c>local-0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Name of the source that lists it.</summary>
    public required string Source { get; init; }

    /// <summary>The address it listens at; null while it does not listen.</summary>
    public required Uri? Address { get; init; }

    /// <summary>Its state in the rotation.</summary>
    public required ReplicaState State { get; init; }

    /// <summary>The reason for the state, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>When it entered this state, as a date; for display only.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it entered this state by the monotonic clock, from which durations are computed.</summary>
    public MonotonicTime EnteredState { get; init; }

    /// <summary>Why it was last ejected, until it is healthy again; none otherwise.</summary>
    public required EjectionCause Ejection { get; init; }

    /// <summary>Process id; null where it is not known.</summary>
    public required int? Pid { get; init; }

    /// <summary>How often this gateway started its process; 0 when this gateway does not start it.</summary>
    public required int Starts { get; init; }

    /// <summary>
    /// Its share of the load relative to the others: 1 for a full share, less for a replica that is suspect, slow, or not warm yet. More
    /// than 0; a replica that is alone gets the whole load whatever its weight.
    /// </summary>
    public double Weight { get; init; } = 1;

    /// <summary>The facts that change with every request. The same object as long as the process is the same.</summary>
    public required ReplicaLive Live { get; init; }

    /// <summary>Whether new attempts may be sent to it.</summary>
    public bool IsRoutable => Address is not null && State.IsServing();

    /// <summary>What it says of itself; null before its first status.</summary>
    public required ReplicaDescription? Description { get; init; }

    /// <summary>Model id that it serves; null before its status told it.</summary>
    public string? Model => Description is { Model.Length: > 0 } said ? said.Model : null;

    /// <summary>All model ids that it answers to.</summary>
    public ImmutableArray<string> Models => Description?.Models ?? [];

    /// <summary>
    /// What its engine is asked for when a client asks for <paramref name="model"/>: the engine's own name of the model, or else the
    /// client's, which then is sent as it is. Null before its status told a model.
    /// </summary>
    public string? Served(string model) => Description?.ServedModel ?? (Models.Contains(model) ? model : Model);

    /// <summary>How it can continue an answer that began on another replica.</summary>
    public ContinuationKind Continuation => Description?.Continuation ?? ContinuationKind.None;

    /// <summary>Whether the same seed gives the same answer again.</summary>
    public bool IsRepeatable => Description?.IsRepeatable ?? false;

    /// <summary>Whether it is sent a seed: only where that helps to repeat or continue its answers, because a seed costs time.</summary>
    public bool WantsSeed => Description is { IsRepeatable: true } or { Continuation: ContinuationKind.Ids };

    /// <summary>Its <see cref="ShimStatus.Identity"/>; null before its first status.</summary>
    public string? Identity => Description?.Identity;

    /// <summary>Whether it is being started, for the first time or again by this gateway after its process ended.</summary>
    public bool IsReturning => State == ReplicaState.Starting || (Ejection == EjectionCause.Exited && Starts > 0);

    /// <summary>Number of requests that it takes at once; at least 1.</summary>
    public int Capacity => Description?.Capacity ?? 1;

    /// <summary>
    /// Number of requests that this gateway may have there at once; less than <see cref="Capacity"/> beside other gateways.
    /// </summary>
    public int Places => Description?.Places ?? 1;

    /// <summary>
    /// The number that <see cref="Places"/> grows to when this gateway wants everything; see <see cref="ShimStatus.Share"/>.
    /// </summary>
    public int Share => Description?.Share ?? 1;
}

/// <summary>
/// The part of a replica that changes with every request: load, last status, and the token that ends its attempts. Thread-safe.
/// </summary>
internal sealed class ReplicaLive : IDisposable
{
    /// <summary>
    /// How long one answer may keep others away: it may concern the picture or the key of a single request.
    /// </summary>
    private static readonly TimeSpan LongestClosed = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _lost = new();
    private int _inFlight;
    private int _answering;
    private int _entered;
    private int _crowded;
    private ShimStatus? _status;
    private long _closedUntil = long.MinValue;
    private long _closedAt = long.MinValue;
    private long _answered = long.MaxValue;
    private int _reserved;

    public ReplicaLive() => Lost = _lost.Token;

    /// <summary>Cancelled when hard evidence says that this process will not answer any more, or the replica left the fleet.</summary>
    public CancellationToken Lost { get; }

    /// <summary>The shim's last status; null before the first.</summary>
    public ShimStatus? Status
    {
        get => Volatile.Read(ref _status);
        set
        {
            Volatile.Write(ref _status, value);
            if (value?.Answered > Volatile.Read(ref _answered))
                Reopen();
            if (value is { InFlight: > 1 })
                Interlocked.Increment(ref _crowded);
        }
    }

    /// <summary>How fast it answered lately.</summary>
    public ObservedLatency Latency { get; } = new();

    /// <summary>Number of this gateway's attempts there.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Number of requests there as far as known: this gateway's now, other gateways' as of the last status.</summary>
    public int Load => Math.Max(InFlight, Status?.InFlight ?? 0);

    /// <summary>Number of the attempts of <see cref="InFlight"/> that have had a token.</summary>
    public int Answering => Volatile.Read(ref _answering);

    /// <summary>Why <see cref="Lost"/> was cancelled; none before that, and when the replica only left the fleet.</summary>
    public EjectionCause LostBy { get; set; }

    /// <summary>
    /// Whether new attempts must keep away: it said to come again later than <paramref name="now"/>, or one request has it for itself.
    /// </summary>
    public bool IsClosed(long now) => Volatile.Read(ref _closedUntil) > now || IsReserved;

    /// <summary>Whether one request has it for itself.</summary>
    public bool IsReserved => Volatile.Read(ref _reserved) != 0;

    /// <summary>
    /// Keeps new attempts away for as long as the replica asked, at most for half a minute, and only until it is seen to answer anybody.
    /// </summary>
    /// <param name="wait">When to come again, by its word.</param>
    /// <param name="answered">What its engine had answered when it said so (<see cref="ShimStatus.Answered"/>); null: not told.</param>
    /// <param name="time">The clock.</param>
    public void Close(TimeSpan wait, long? answered, TimeProvider time)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _answered, answered ?? long.MaxValue);
        Volatile.Write(ref _closedAt, now);
        CloseUntil(now + (long)((wait < LongestClosed ? wait : LongestClosed).TotalSeconds * time.TimestampFrequency));
    }

    /// <summary>Time since it was last closed; <see cref="TimeSpan.MaxValue"/> when it never was.</summary>
    public TimeSpan SinceClosed(TimeProvider time) =>
        Volatile.Read(ref _closedAt) is var at && at == long.MinValue ? TimeSpan.MaxValue : time.GetElapsedTime(at);

    private void Reopen() => Volatile.Write(ref _closedUntil, long.MinValue);

    /// <summary>Time until it takes requests again, by its own word; null when it takes them now.</summary>
    public TimeSpan? OpensIn(TimeProvider time)
    {
        var (until, now) = (Volatile.Read(ref _closedUntil), time.GetTimestamp());
        return until > now ? time.GetElapsedTime(now, until) : null;
    }

    /// <summary>Reserves it for one request; false when another one has it. Attempts that run there already go on.</summary>
    public bool TryReserve() => Interlocked.CompareExchange(ref _reserved, 1, 0) == 0;

    /// <summary>Ends the reservation.</summary>
    public void Release() => Volatile.Write(ref _reserved, 0);

    /// <summary>Keeps new attempts away until a timestamp; the latest one counts.</summary>
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

    /// <summary>Counts an attempt that begins, until the returned slot is disposed.</summary>
    public AttemptSlot Enter() => new(this);

    /// <summary>Ends all attempts there. Their callbacks run on other threads, because the caller holds a lock.</summary>
    public void Lose() => _ = _lost.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _lost.Dispose();

    /// <summary>One attempt that runs on the replica.</summary>
    internal sealed class AttemptSlot : IDisposable
    {
        private readonly ReplicaLive _live;
        private readonly int _entry;
        private readonly int _crowded;
        private readonly bool _cameAlone;
        private bool _answering;

        public AttemptSlot(ReplicaLive live)
        {
            _live = live;
            _entry = Interlocked.Increment(ref live._entered);
            _crowded = Volatile.Read(ref live._crowded);
            _cameAlone = Interlocked.Increment(ref live._inFlight) == 1 && live.Status is not { InFlight: > 1 };
        }

        /// <summary>
        /// Whether no other attempt of this gateway was there at any time during this one, and no status told of another gateway's. The
        /// last status alone does not say: what ran on an engine that died has ended by then.
        /// </summary>
        public bool WasAlone => _cameAlone && Volatile.Read(ref _live._entered) == _entry && Volatile.Read(ref _live._crowded) == _crowded;

        /// <summary>Called when a token came.</summary>
        public void GotToken()
        {
            if (_answering)
                return;
            _answering = true;
            _live.Reopen(); // it answers, so what it said to another request was not about all
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
