using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Grants as many leases as the routable replicas have places, and lets a bounded number wait: who is next says <see cref="WaitingRoom"/>. A
/// lease is held to the last byte of the answer. Thread-safe.
/// </summary>
internal sealed class AdmissionQueue
{
    private const int LongestRetryAfter = 300;

    /// <summary>A wait that is forecast to use more of the time there is than this part is not begun: forecasts are off by some.</summary>
    private const double UsablePart = 0.8;

    /// <summary>Where nobody serves, somebody may be starting; seconds.</summary>
    private const double NoReplicaRetry = 2;

    private readonly Lock _lock = new();
    private readonly ReplicaTable _table;
    private readonly AdmissionOptions _options;
    private readonly TimeProvider _time;
    private readonly Tenants _tenants;
    private readonly WaitingRoom _room;
    private readonly DrainRate _drain;
    private int _leases;

    public AdmissionQueue(ReplicaTable table, IOptions<AdmissionOptions> options, TimeProvider time)
    {
        (_table, _options, _time) = (table, options.Value, time);
        (_tenants, _drain) = (new Tenants(_options, time), new DrainRate(time));
        _room = new WaitingRoom(_tenants);
        _ = PumpOnChangeAsync();
    }

    /// <summary>Leases held.</summary>
    public int Active => Volatile.Read(ref _leases);

    /// <summary>Requests waiting.</summary>
    public int Queued
    {
        get
        {
            lock (_lock)
                return _room.Count;
        }
    }

    /// <summary>Most that may wait.</summary>
    public int QueueLimit => _options.QueueLimit;

    private int Places => _table.Current.Capacity;

    private Admitted Busy => Places == 0 ? Admitted.NoReplica : Admitted.Saturated;

    /// <summary>Waits for a place, if there is sense in it.</summary>
    public ValueTask<Entrance> EnterAsync(in Wish wish, CancellationToken client)
    {
        Waiter waiter;
        (TimeSpan Time, Admitted End) patience;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var tenant = _tenants.Came(wish, now);
            var (places, free) = (Places, Places - _leases);
            if (_room.Count == 0 && free > _tenants.Reserve(places))
            {
                Take(tenant, now);
                return new(new Entrance(Admitted.Yes, new Lease(this, tenant, now)));
            }
            if (_table.Current.All.IsEmpty)
                return new(Refused(Admitted.NoReplica, NoReplicaRetry));
            waiter = new Waiter(tenant, wish.Priority);
            _room.Add(waiter);
            Pump();
            if (!waiter.IsWaiting)
                return new(new Entrance(Admitted.Yes, new Lease(this, tenant, waiter.AdmittedAt)));
            if (ReasonToRefuse(waiter, wish, now) is { } refused)
                return new(refused);
            patience = Patience(wish);
        }
        return new(WaitAsync(waiter, patience, client));
    }

    /// <summary>Seconds after which a place is likely, whoever wants it.</summary>
    public int RetryAfterSeconds()
    {
        lock (_lock)
            return WholeSeconds(Places == 0 ? NoReplicaRetry : (_room.Count + 1) * _drain.HoldSeconds(_time.GetTimestamp()) / Places);
    }

    /// <summary>A place is free again.</summary>
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

    /// <summary>What there is against letting somebody wait, who is taken out again then; null when nothing. Under the lock.</summary>
    private Entrance? ReasonToRefuse(Waiter waiter, in Wish wish, long now)
    {
        var wait = Wait(waiter.Tenant, waiter.Priority, waiter.Tenant.Of(waiter.Priority).Count - 1, now);
        var (time, end) = Patience(wish);
        var isTooLong = wait > (end == Admitted.TooLate ? UsablePart : 1) * time.TotalSeconds;
        var reason = isTooLong && _drain.IsSure && Places > 0 ? end
            : _room.Count > _options.QueueLimit && !Displaced(waiter) ? Busy
            : Admitted.Yes;
        if (reason == Admitted.Yes)
            return null;
        _room.Remove(waiter);
        return Refused(reason, wait);
    }

    /// <summary>Sends somebody else away, if anybody has less right to wait. Under the lock.</summary>
    private bool Displaced(Waiter newcomer)
    {
        if (Displacement.Victim(_tenants.All, _room.Waiting, _options.QueueLimit, newcomer) is not { } victim)
            return false;
        _room.Remove(victim);
        victim.SetResult(Busy);
        return true;
    }

    /// <summary>
    /// How long it may wait, and what it is told when that is over: as long as the queue allows, and no longer than leaves the time that an
    /// answer takes before the client's own deadline.
    /// </summary>
    private (TimeSpan Time, Admitted End) Patience(in Wish wish)
    {
        var queue = TimeSpan.FromSeconds(_options.QueueSeconds);
        if (wish.Within is not { } within)
            return (queue, Busy);
        var own = _drain.IsSure ? within - TimeSpan.FromSeconds(_drain.LongHoldSeconds) : within;
        return own < queue ? (own > TimeSpan.Zero ? own : TimeSpan.Zero, Admitted.TooLate) : (queue, Busy);
    }

    private async Task<Entrance> WaitAsync(Waiter waiter, (TimeSpan Time, Admitted End) patience, CancellationToken client)
    {
        await SitAsync(waiter.Task, patience.Time, client);
        lock (_lock)
        {
            if (waiter.IsWaiting)
            {
                _room.Remove(waiter); // nobody came for us
                waiter.SetResult(client.IsCancellationRequested ? Admitted.ClientGone : Places == 0 ? Admitted.NoReplica : patience.End);
            }
        }
        var result = await waiter.Task;
        if (result == Admitted.Yes)
        {
            var lease = new Lease(this, waiter.Tenant, waiter.AdmittedAt);
            if (!client.IsCancellationRequested)
                return new Entrance(result, lease);
            lease.Dispose();
            return new Entrance(Admitted.ClientGone, null);
        }
        lock (_lock)
            return Refused(result, Wait(waiter.Tenant, waiter.Priority, waiter.Tenant.Of(waiter.Priority).Count, _time.GetTimestamp()));
    }

    /// <summary>Until called, until the client leaves, or until it has taken too long: sooner where nobody serves at all.</summary>
    private async Task SitAsync(Task called, TimeSpan patience, CancellationToken client)
    {
        var none = TimeSpan.FromSeconds(_options.NoReplicaSeconds);
        var first = Places == 0 && none < patience ? none : patience;
        await called.WaitAsync(first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!called.IsCompleted && first < patience && Places > 0)
            await called.WaitAsync(patience - first, _time, client).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Hands free places to those who are next. Under the lock.</summary>
    private void Pump()
    {
        var now = _time.GetTimestamp();
        while (_room.Next(Places, Places - _leases, now) is { } next)
        {
            Take(next.Tenant, now);
            next.AdmittedAt = now;
            next.SetResult(Admitted.Yes);
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

    /// <summary>How long somebody waits who has so many of its own before it, seconds. Under the lock.</summary>
    private double Wait(Tenant tenant, Priority priority, int before, long now)
    {
        if (Places == 0)
            return NoReplicaRetry;
        var places = Math.Max(1, Places - (_tenants.IsSated(tenant, Places, now) ? _tenants.Reserve(Places) : 0));
        return Forecast.Seconds(_tenants, _room, tenant, priority, before, places / _drain.HoldSeconds(now));
    }

    private static Entrance Refused(Admitted reason, double wait) => new(reason, null, WholeSeconds(wait));

    private static int WholeSeconds(double wait) => (int)Math.Clamp(Math.Ceiling(wait), 1, LongestRetryAfter);
}
