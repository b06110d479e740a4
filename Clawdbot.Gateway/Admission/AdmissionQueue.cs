using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Grants as many leases as the routable replicas have places, and lets a bounded number of requests wait in a <see cref="WaitQueue"/>. A
/// lease is held to the last byte of the answer. Thread-safe.
/// </summary>
internal sealed class AdmissionQueue
{
    private const int LongestRetryAfter = 300;

    /// <summary>A wait is refused when its forecast is more than this part of the time to the deadline: forecasts are inexact.</summary>
    private const double UsablePart = 0.8;

    /// <summary>
    /// After a replica turned a request away, places are given only for room that replicas report: this long, and while such requests wait.
    /// </summary>
    private static readonly TimeSpan BackpressureTime = TimeSpan.FromSeconds(1);

    /// <summary>How often such room is looked for while requests wait.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Seconds after which a client may try again when no replica serves: one may be starting.</summary>
    private const double NoReplicaRetry = 2;

    private readonly Lock _lock = new();
    private readonly ReplicaTable _table;
    private readonly AdmissionOptions _options;
    private readonly TimeProvider _time;
    private readonly Tenants _tenants;
    private readonly WaitQueue _queue;
    private readonly DrainRate _drain;
    private readonly ITimer _again;
    private long? _turnedAwayAt;
    private int _leases;

    public AdmissionQueue(ReplicaTable table, IOptions<AdmissionOptions> options, TimeProvider time)
    {
        (_table, _options, _time) = (table, options.Value, time);
        (_tenants, _drain) = (new Tenants(_options, time), new DrainRate(time));
        _queue = new WaitQueue(_tenants);
        table.CountDemandBy(() => Active + Queued);
        _again = time.CreateTimer(
            static queue => ((AdmissionQueue)queue!).LookForRoom(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = PumpOnChangeAsync();
    }

    /// <summary>Number of leases held.</summary>
    public int Active => Volatile.Read(ref _leases);

    /// <summary>Number of requests that wait.</summary>
    public int Queued
    {
        get
        {
            lock (_lock)
                return _queue.Count;
        }
    }

    /// <summary>Largest number of requests that may wait: beside other gateways its share, so that nobody waits for longer.</summary>
    public int QueueLimit => (int)Math.Ceiling(_options.QueueLimit * Math.Min(1.0, (double)Share / Math.Max(1, _table.Current.Capacity)));

    /// <summary>Places that this gateway may lease now: all of the fleet's, or its share beside other gateways.</summary>
    private int Places => _table.Current.Places;

    /// <summary>Places that are this gateway's in the long run, by which waits are estimated.</summary>
    private int Share => Math.Max(1, _table.Current.Share);

    private bool NobodyServes => _table.Current.Capacity == 0;
    private AdmissionOutcome Busy => NobodyServes ? AdmissionOutcome.NoReplica : AdmissionOutcome.Saturated;

    /// <summary>Waits for a place, or refuses at once when none is likely in time.</summary>
    public ValueTask<AdmissionResult> EnterAsync(in AdmissionRequest request, CancellationToken client)
    {
        QueuedRequest queued;
        (TimeSpan Time, AdmissionOutcome End) patience;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var tenant = _tenants.Came(request, now);
            var (places, free, isBackpressured) = (Places, Places - _leases, IsBackpressured);
            if (_queue.Count == 0 && free > _tenants.Reserve(places) && !isBackpressured)
            {
                Take(tenant, now);
                return new(new AdmissionResult(AdmissionOutcome.Admitted, new Lease(this, tenant, now)));
            }
            if (_table.Current.All.IsEmpty)
                return new(Refused(AdmissionOutcome.NoReplica, NoReplicaRetry));
            queued = new QueuedRequest(tenant, request.Priority);
            _queue.Add(queued);
            Pump();
            if (!queued.IsWaiting)
                return new(new AdmissionResult(AdmissionOutcome.Admitted, new Lease(this, tenant, queued.AdmittedAt)));
            if (ReasonToRefuse(queued, request, now) is { } refused)
                return new(refused);
            if (isBackpressured)
                _again.Change(LookAgain, Timeout.InfiniteTimeSpan);
            patience = Patience(request);
        }
        return new(WaitAsync(queued, patience, client));
    }

    /// <summary>
    /// Gives back a place because the replicas were full, and waits for another one at the head of its tenant's queue. While any request
    /// waits in this way, and for a second after, places are given only for room that the replicas themselves report.
    /// </summary>
    /// <param name="lease">The place, which is returned.</param>
    /// <param name="requeued">The request that waits again.</param>
    /// <param name="client">Cancelled when the client leaves, or the request's time is over.</param>
    public async Task<AdmissionResult> RequeueAsync(Lease lease, RequeueRequest requeued, CancellationToken client)
    {
        var (request, limit, wasAsked) = requeued;
        QueuedRequest queued;
        (TimeSpan Time, AdmissionOutcome End) patience;
        lock (_lock)
        {
            if (lease.TryTake())
            {
                _leases--;
                lease.Tenant.Held--;
                _drain.Undone(lease.Since);
            }
            queued = new QueuedRequest(lease.Tenant, request.Priority) { IsRequeued = true, GoesFirst = wasAsked };
            _queue.Add(queued);
            _turnedAwayAt = _time.GetTimestamp();
            _again.Change(LookAgain, Timeout.InfiniteTimeSpan);
            patience = Patience(request);
        }
        return await WaitAsync(queued, patience.Time < limit ? patience : (limit, Busy), client);
    }

    /// <summary>Seconds after which a place is likely for a new request.</summary>
    public int RetryAfterSeconds()
    {
        lock (_lock)
            return WholeSeconds(NobodyServes ? NoReplicaRetry : (_queue.Count + 1) * _drain.HoldSeconds(_time.GetTimestamp()) / Share);
    }

    /// <summary>Takes back a place and gives it to the next request.</summary>
    internal void Return(Tenant tenant, long since)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            _leases--;
            Tenants.Left(tenant, _time.GetElapsedTime(since, now));
            _drain.Returned(since, now);
            Pump();
        }
    }

    /// <summary>Why a queued request can't wait, after removing it from the queue; null when it can. Under the lock.</summary>
    private AdmissionResult? ReasonToRefuse(QueuedRequest queued, in AdmissionRequest request, long now)
    {
        var wait = Wait(queued.Tenant, queued.Priority, queued.Tenant.Of(queued.Priority).Count - 1, now);
        var (time, end) = Patience(request);
        var isTooLong = wait > (end == AdmissionOutcome.TooLate ? UsablePart : 1) * time.TotalSeconds;
        var reason = isTooLong && _drain.IsSure && !NobodyServes ? end
            : _queue.Count > QueueLimit && !Displaced(queued) ? Busy
            : AdmissionOutcome.Admitted;
        if (reason == AdmissionOutcome.Admitted)
            return null;
        _queue.Remove(queued);
        return Refused(reason, wait);
    }

    /// <summary>Refuses another request in favor of the newcomer; false when none has less right to wait. Under the lock.</summary>
    private bool Displaced(QueuedRequest newcomer)
    {
        if (ShedPolicy.Victim(_tenants.All, _queue.Waiting, QueueLimit, newcomer) is not { } victim)
            return false;
        _queue.Remove(victim);
        victim.SetResult(Busy);
        return true;
    }

    /// <summary>
    /// How long a request may wait, and its outcome when that time is over: as long as the queue allows, and short enough to leave the time
    /// of an answer before the client's own deadline.
    /// </summary>
    private (TimeSpan Time, AdmissionOutcome End) Patience(in AdmissionRequest request)
    {
        var queue = TimeSpan.FromSeconds(_options.QueueSeconds);
        if (request.Within is not { } within)
            return (queue, Busy);
        var own = _drain.IsSure ? within - TimeSpan.FromSeconds(_drain.LongHoldSeconds) : within;
        return own < queue ? (own > TimeSpan.Zero ? own : TimeSpan.Zero, AdmissionOutcome.TooLate) : (queue, Busy);
    }

    private async Task<AdmissionResult> WaitAsync(
        QueuedRequest queued, (TimeSpan Time, AdmissionOutcome End) patience, CancellationToken client)
    {
        await SitAsync(queued.Task, patience.Time, client);
        lock (_lock)
        {
            if (queued.IsWaiting)
            {
                _queue.Remove(queued); // no place was given to it
                queued.SetResult(client.IsCancellationRequested ? AdmissionOutcome.ClientGone
                    : NobodyServes ? AdmissionOutcome.NoReplica : patience.End);
            }
        }
        var result = await queued.Task;
        if (result == AdmissionOutcome.Admitted)
        {
            var lease = new Lease(this, queued.Tenant, queued.AdmittedAt);
            if (!client.IsCancellationRequested)
                return new AdmissionResult(result, lease);
            lease.Dispose();
            return new AdmissionResult(AdmissionOutcome.ClientGone, null);
        }
        lock (_lock)
            return Refused(result, Wait(queued.Tenant, queued.Priority, queued.Tenant.Of(queued.Priority).Count, _time.GetTimestamp()));
    }

    /// <summary>Waits for an outcome until the client leaves or the time is over, which is sooner while no replica serves.</summary>
    private async Task SitAsync(Task called, TimeSpan patience, CancellationToken client)
    {
        var none = TimeSpan.FromSeconds(_options.NoReplicaSeconds);
        var first = NobodyServes && none < patience ? none : patience;
        await called.WaitAsync(first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!called.IsCompleted && first < patience && !NobodyServes)
            await called.WaitAsync(patience - first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Gives free places to the next requests in the queue. Under the lock.</summary>
    private void Pump()
    {
        var now = _time.GetTimestamp();
        var room = _queue.Count > 0 && IsBackpressured ? ReportedRoom() : int.MaxValue;
        while (_queue.Next(Places, Math.Min(room, Places - _leases), now) is { } next)
        {
            Take(next.Tenant, now);
            room--;
            next.AdmittedAt = now;
            next.SetResult(AdmissionOutcome.Admitted);
        }
    }

    /// <summary>Whether replicas turned requests away lately, so that the count of places is not reliable. Under the lock.</summary>
    private bool IsBackpressured => _queue.Requeued > 0 || (_turnedAwayAt is { } at && _time.GetElapsedTime(at) < BackpressureTime);

    /// <summary>Room that the replicas report, less the leases that have not reached them yet. Under the lock.</summary>
    private int ReportedRoom()
    {
        var (now, room, here) = (_time.GetTimestamp(), 0, 0);
        foreach (var replica in _table.Current.Routable)
        {
            here += replica.Live.InFlight;
            room += replica.Live.IsClosed(now) ? 0 : Math.Max(0, replica.Capacity - replica.Live.Load);
        }
        return room - Math.Max(0, _leases - here);
    }

    private void LookForRoom()
    {
        lock (_lock)
        {
            var again = IsBackpressured; // once it is over, places are given by their count again
            Pump();
            if (again && _queue.Count > 0)
                _again.Change(LookAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task PumpOnChangeAsync()
    {
        while (true)
        {
            var changed = _table.Changed;
            lock (_lock)
                Pump();
            await changed;
        }
    }

    private void Take(Tenant tenant, long now)
    {
        _leases++;
        _tenants.Entered(tenant);
        _drain.Taken(now);
    }

    /// <summary>Seconds that a request waits with so many of its tenant's requests of its class before it. Under the lock.</summary>
    private double Wait(Tenant tenant, Priority priority, int before, long now)
    {
        if (NobodyServes)
            return NoReplicaRetry;
        var places = Math.Max(1, Share - (_tenants.IsSated(tenant, Share, now) ? _tenants.Reserve(Share) : 0));
        return WaitEstimator.Seconds(_tenants, _queue, tenant, priority, before, places / _drain.HoldSeconds(now));
    }

    private static AdmissionResult Refused(AdmissionOutcome reason, double wait) => new(reason, null, WholeSeconds(wait));

    private static int WholeSeconds(double wait) => (int)Math.Clamp(Math.Ceiling(wait), 1, LongestRetryAfter);
}
