using Clawdbot.Gateway.Discovery;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// Keeps each replica's state by what sources, status streams and outcomes say, and publishes the set. It is the only writer, and
/// everything happens under its lock, so a set never shows half a change.
/// </summary>
internal sealed partial class FleetMonitor(
    IEnumerable<IReplicaSource> sources, HealthServices services, IOptions<HealthOptions> options, TimeProvider time,
    ILogger<FleetMonitor> log)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WatchedReplica> _replicas = [];
    private MonotonicTime _ticked;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _ticked = time.GetMonotonicTime();
        services.Table.OutcomeReported += Judge;
        await Task.WhenAll([WatchSilenceAsync(stoppingToken), .. sources.Select(source => WatchAsync(source, stoppingToken))])
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        services.Table.OutcomeReported -= Judge;
    }

    private Task WatchAsync(IReplicaSource source, CancellationToken cancellation)
    {
        // A source replaces only the replicas that it published last; those of other sources stay.
        HashSet<string> mine = [];
        return source.WatchAsync(endpoints =>
        {
            lock (_lock)
            {
                var removed = mine.Except(endpoints.Select(e => e.Id)).Select(Remove).OfType<ReplicaLive>().ToList();
                mine = [.. endpoints.Select(e => e.Id)];
                foreach (var endpoint in endpoints)
                    Apply(endpoint, cancellation);
                Publish();
                foreach (var live in removed)
                    live.Lose(); // only after the set without it is published, so that its attempts move to other replicas
            }
        }, cancellation);
    }

    private void Apply(ReplicaEndpoint endpoint, CancellationToken cancellation)
    {
        var now = time.GetMonotonicTime();
        if (!_replicas.TryGetValue(endpoint.Id, out var replica))
        {
            _replicas[endpoint.Id] = replica = new WatchedReplica(endpoint, options.Value, now) { PublishedSince = time.GetUtcNow() };
            services.Metrics.ReplicaJoined(endpoint.Id);
        }
        var moved = replica.Endpoint.Address != endpoint.Address || replica.Endpoint.Pid != endpoint.Pid;
        replica.Endpoint = endpoint;
        if (moved && replica.StopListening())
            replica.Health.Eject(EjectionCause.Exited, endpoint.Note, now);
        else if (endpoint.Address is null)
            replica.Health.Eject(WithoutAddress(replica.Health.State), endpoint.Note, now);
        if (replica.NeedsListener)
        {
            var listening = replica.StartListening(now, cancellation);
            _ = services.Listener.ListenAsync(
                endpoint.Address!, s => Heard(replica, s, listening), (c, why) => Lost(replica, c, why, listening), listening);
        }
    }

    private static EjectionCause WithoutAddress(ReplicaState state) =>
        state == ReplicaState.Starting ? EjectionCause.ConnectionLost : EjectionCause.Exited;

    private ReplicaLive? Remove(string id)
    {
        if (!_replicas.Remove(id, out var replica))
            return null;
        replica.StopListening();
        return replica.Live;
    }

    private void Heard(WatchedReplica replica, ShimStatus status, CancellationToken listening)
    {
        lock (_lock)
        {
            if (listening.IsCancellationRequested)
                return;
            var now = time.GetMonotonicTime();
            services.Quarantine.Heard(status);
            var news = replica.Heard(status, now);
            if (replica.Health.StatusReceived(status, now) || news)
                Publish();
        }
    }

    private void Lost(WatchedReplica replica, EjectionCause cause, string why, CancellationToken listening)
    {
        lock (_lock)
        {
            if (listening.IsCancellationRequested)
                return;
            replica.Streaming = false;
            if (replica.Health.Eject(cause, why, time.GetMonotonicTime()))
                Publish();
        }
    }

    private void Judge(Replica snapshot, AttemptReport report)
    {
        lock (_lock)
        {
            // The outcome of an attempt on an earlier process says nothing about the one that runs now.
            if (!_replicas.TryGetValue(snapshot.Id, out var replica) || replica.Live != snapshot.Live)
                return;
            var now = time.GetMonotonicTime();
            // A process that stood still may end attempts before its timer fires.
            services.Judge.Late(now - _ticked - Tick, now);
            var changed = report.Outcome switch
            {
                AttemptOutcome.Unproven => replica.Health.Eject(EjectionCause.Unproven, "does not hold the fleet secret", now),
                AttemptOutcome.ConnectFailed => replica.Health.Eject(EjectionCause.ConnectionLost, "connection refused", now),
                _ => services.Judge.Ended(replica, report, _replicas.Values, now),
            };
            if (changed)
                Publish();
        }
    }

    private async Task WatchSilenceAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            lock (_lock)
            {
                // Read only once: a standstill between two readings would look like silence of the replicas.
                var now = time.GetMonotonicTime();
                var late = now - _ticked - Tick;
                _ticked = now;
                Look(late, now);
            }
        }
    }

    private void Look(TimeSpan late, MonotonicTime now)
    {
        services.Judge.Late(late, now);
        var changed = LookForSilence(late, now);
        changed |= services.Judge.Look(_replicas.Values, now);
        changed |= services.Judge.Doubt(now) != services.Table.Current.Doubt;
        changed |= _replicas.Values.Any(r => r.Health.State.IsServing() && r.HasOtherWeight(now));
        if (changed)
            Publish();
        services.Consent.Look(_replicas.Values, now);
        services.Quarantine.Look(_replicas.Values);
        services.Demand.Look(_replicas.Values, now);
    }

    private bool LookForSilence(TimeSpan late, MonotonicTime now)
    {
        var changed = false;
        foreach (var replica in _replicas.Values.Where(r => r.Streaming))
        {
            if (late > Tick)
                replica.CouldNotBeHeard(late, now);
            var silence = now - replica.LastHeard;
            if (silence > TimeSpan.FromMilliseconds(options.Value.SilenceMilliseconds))
                changed |= replica.Health.Eject(EjectionCause.Silent, "hung: connection stands, status stream silent", now);
        }
        return changed;
    }

    private void Publish()
    {
        foreach (var replica in _replicas.Values.Where(r => r.Published != r.Health.State))
        {
            Moved(log, replica.Endpoint.Id, replica.Published, replica.Health.State, replica.Health.Reason);
            services.Metrics.ReplicaMoved(replica.Endpoint.Id, replica.Health.State);
            (replica.Published, replica.PublishedSince) = (replica.Health.State, time.GetUtcNow());
        }
        var lost = _replicas.Values.Select(r => r.Settle()).OfType<ReplicaLive>().ToList();
        var now = time.GetMonotonicTime();
        services.Table.Publish(new ReplicaSet(_replicas.Values.Select(r => r.Snapshot(now)), services.Judge.Doubt(now)));
        foreach (var live in lost)
            live.Lose(); // only after the set is published, so that its attempts move to other replicas
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Replica}: {From} -> {To} ({Reason})")]
    private static partial void Moved(ILogger logger, string replica, ReplicaState from, ReplicaState to, string reason);
}
