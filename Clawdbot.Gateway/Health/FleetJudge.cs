using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.Telemetry;
using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Health;

/// <summary>Judges replicas by their attempts, and by comparison with the other replicas. Called under the monitor's lock.</summary>
internal sealed partial class FleetJudge(IOptions<HealthOptions> options, GatewayMetrics metrics, ILogger<FleetJudge> log)
{
    /// <summary>How often answers are compared.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly LocalFaultDetector _localFaults = new();
    private MonotonicTime _looked = MonotonicTime.LongAgo;
    private string? _told;

    /// <summary>See <see cref="ReplicaSet.Doubt"/>.</summary>
    public string? Doubt(MonotonicTime now) => _localFaults.Doubt(now);

    /// <summary>Called with how late a timer of this process was.</summary>
    public void Late(TimeSpan late, MonotonicTime now)
    {
        if (late <= LocalFaultDetector.Standstill)
            return;
        _localFaults.StoodStill(late, now);
        Tell(now);
    }

    /// <summary>Takes an attempt that ended without hard evidence; returns whether what is published changed.</summary>
    public bool Ended(WatchedReplica replica, in AttemptReport report, IReadOnlyCollection<WatchedReplica> fleet, MonotonicTime now)
    {
        if (!_localFaults.IsBlind(now))
            replica.Speed.Saw(report, replica.Share, now);
        var outcome = report.Outcome;
        if (outcome == AttemptOutcome.Completed)
            return replica.Health.Succeeded(now);
        if (outcome != AttemptOutcome.ConnectionReset && Attribution.Of(outcome) != Fault.ReplicaSick)
            return false;
        if (outcome is AttemptOutcome.FirstTokenTimeout or AttemptOutcome.StallTimeout && _localFaults.IsBlind(now))
            return false; // this process stood still, so the timeout says nothing of the replica
        replica.LastStrike = now;
        return replica.Health.Struck(outcome, Told(_localFaults.Against(replica, fleet, now), now), now);
    }

    /// <summary>Compares the replicas once in <see cref="Interval"/>; returns whether what is published changed.</summary>
    public bool Look(IReadOnlyCollection<WatchedReplica> fleet, MonotonicTime now)
    {
        if (now - _looked < Interval)
            return false;
        _looked = now;
        Tell(now);
        return options.Value.SlowFactor > 0 && Compare(fleet, now);
    }

    private bool Compare(IReadOnlyCollection<WatchedReplica> fleet, MonotonicTime now)
    {
        var changed = false;
        // Another model under the same name has another speed, and is not slow for that.
        foreach (var model in fleet.Where(r => r.Health.State.IsServing()).GroupBy(r => (r.Live.Status?.Model, r.Live.Status?.ServedModel)))
        {
            var replicas = model.ToList();
            var found = Outliers.Compare([.. replicas.Select(r => r.Speed.Lately(now))], options.Value.SlowFactor);
            for (var i = 0; i < replicas.Count; i++)
            {
                var doubt = found[i].Standing == Standing.Slow ? Told(_localFaults.AgainstSlow(replicas[i], fleet, now), now) : null;
                changed |= replicas[i].Health.Compared(found[i], doubt, now);
                if (!replicas[i].Health.State.IsServing())
                    replicas[i].Speed.Forget();
            }
        }
        return changed;
    }

    private string? Told(string? doubt, MonotonicTime now)
    {
        Tell(now);
        return doubt;
    }

    /// <summary>Logs and counts a doubt once when it comes up, not for each replica that is kept because of it.</summary>
    private void Tell(MonotonicTime now)
    {
        var doubt = _localFaults.Doubt(now);
        if (_told is null && doubt is not null)
        {
            Doubted(log, doubt);
            metrics.ObserverDoubted();
        }
        _told = doubt;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This gateway doubts its own sight: {Why}. Soft evidence ejects nobody for now")]
    private static partial void Doubted(ILogger logger, string why);
}
