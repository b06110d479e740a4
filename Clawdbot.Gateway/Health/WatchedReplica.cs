using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Health;

/// <summary>What the monitor keeps of one replica. Used under the monitor's lock.</summary>
internal sealed class WatchedReplica(ReplicaEndpoint endpoint, HealthOptions options, MonotonicTime now)
{
    private CancellationTokenSource? _listening;
    private ReplicaDescription? _description;

    /// <summary>The replica as its source knows it.</summary>
    public ReplicaEndpoint Endpoint { get; set; } = endpoint;

    /// <summary>Its state by the evidence.</summary>
    public ReplicaHealth Health { get; } = new(options, now);

    /// <summary>Its load, last status and other facts that change with every request.</summary>
    public ReplicaLive Live { get; private set; } = new();

    /// <summary>The state that was last published.</summary>
    public ReplicaState Published { get; set; } = ReplicaState.Starting;

    /// <summary>When <see cref="Published"/> was published first, as a date: for display only.</summary>
    public DateTimeOffset PublishedSince { get; set; }

    /// <summary>The weight that was last published.</summary>
    public double PublishedWeight { get; private set; } = 1;

    /// <summary>The demand that it was told last, when that was, and the telling.</summary>
    public (int Wanted, MonotonicTime At, Task Sending) ReportedDemand { get; set; } = (0, MonotonicTime.LongAgo, Task.CompletedTask);

    /// <summary>How fast its last attempts were.</summary>
    public SpeedRecord Speed { get; } = new();

    /// <summary>When an attempt last failed by its fault.</summary>
    public MonotonicTime LastStrike { get; set; } = MonotonicTime.LongAgo;

    /// <summary>Number of requests that it takes at once; at least 1.</summary>
    public int Capacity => _description?.Capacity ?? 1;

    /// <summary>Its load: requests there or waiting in its engine, plus one, divided by its capacity.</summary>
    public double Share => (Math.Max(Live.Load, Live.Status?.Waiting ?? 0) + 1.0) / Capacity;

    /// <summary>When the last status came.</summary>
    public MonotonicTime LastHeard { get; private set; } = now;

    /// <summary>Whether a status stream is open.</summary>
    public bool Streaming { get; set; }

    /// <summary>Whether it has an address and no listener reads its status stream.</summary>
    public bool NeedsListener => Endpoint.Address is not null && _listening is null;

    /// <summary>Whether both serve the same model: only then can one take the other's load, or be compared with it.</summary>
    public bool IsAlike(WatchedReplica other) => Live.Status?.Model == other.Live.Status?.Model;

    /// <summary>Whether its weight differs enough from the published one to publish it.</summary>
    public bool HasOtherWeight(MonotonicTime at)
    {
        const double step = 0.05;
        var weight = Health.Weight(at);
        return Math.Abs(weight - PublishedWeight) >= step || (weight == 1 && PublishedWeight < 1);
    }

    /// <summary>Notes that a listener starts; returns the token that ends it.</summary>
    public CancellationToken StartListening(MonotonicTime at, CancellationToken cancellation)
    {
        _listening = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        LastHeard = at;
        return _listening.Token;
    }

    /// <summary>
    /// Called when this process stood still for <paramref name="length"/>: that time does not count as the replica's silence.
    /// <see cref="LastHeard"/> is moved no later than to now, or a later silence as long as the standstill would be missed.
    /// </summary>
    public void CouldNotBeHeard(TimeSpan length, MonotonicTime now) => LastHeard = now - LastHeard > length ? LastHeard + length : now;

    /// <summary>Ends the listening; false when there was none.</summary>
    public bool StopListening()
    {
        var listening = _listening;
        (_listening, Streaming) = (null, false);
        listening?.Cancel();
        return listening is not null;
    }

    /// <summary>Takes a status; true when it changes what the set says.</summary>
    public bool Heard(ShimStatus status, MonotonicTime at)
    {
        var before = Live.Status;
        if (before is not null && before.Instance != status.Instance)
            Doomed(Renew(), EjectionCause.Exited).Lose(); // another process answers at the same address
        Live.Status = status;
        (LastHeard, Streaming) = (at, true);
        if (before is not null && before.Instance == status.Instance && _description?.Matches(status) == true)
            return false;
        _description = ReplicaDescription.Of(status);
        return true;
    }

    /// <summary>
    /// Brings <see cref="Live"/> in line with the state: returns it when its attempts must end because hard evidence says that they
    /// will not be answered, and replaces it for a replica that came back.
    /// </summary>
    public ReplicaLive? Settle()
    {
        var gone = Health.State == ReplicaState.Ejected && !Health.Ejection.IsSoft();
        if (gone && !Live.Lost.IsCancellationRequested)
            return Doomed(Live, Health.Ejection);
        if (!gone && Live.Lost.IsCancellationRequested)
            Renew();
        return null;
    }

    private static ReplicaLive Doomed(ReplicaLive live, EjectionCause cause)
    {
        live.LostBy = cause;
        return live;
    }

    private ReplicaLive Renew()
    {
        var old = Live;
        Speed.Forget();
        Live = new ReplicaLive { Status = old.Status };
        return old;
    }

    /// <summary>The replica as the request path is to see it.</summary>
    public Replica Snapshot(MonotonicTime at) => new()
    {
        Id = Endpoint.Id,
        Source = Endpoint.Source,
        Address = Endpoint.Address,
        State = Health.State,
        Reason = Health.Reason,
        Since = PublishedSince,
        EnteredState = Health.Since,
        Ejection = Health.Ejection,
        // Without an address the process is gone, and its last status must not name it.
        Pid = Endpoint.Address is null ? Endpoint.Pid : Endpoint.Pid ?? Live.Status?.Pid,
        Starts = Endpoint.Starts,
        Description = _description,
        Weight = PublishedWeight = Health.Weight(at),
        Live = Live,
    };
}
