using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// The state of one replica, changed by evidence. It uses no clock, no network and no other replica: the same evidence at
/// the same times gives the same states. Not thread-safe.
/// </summary>
/// <remarks>
/// <c>Starting -> Healthy &lt;-> Suspect -> Ejected -> Probation -> Healthy</c>, and <c>Draining</c> as the shim says.
/// Hard evidence ejects at once; soft evidence needs strikes, or slowness that lasts. Methods return whether the published facts changed.
/// </remarks>
internal sealed class ReplicaHealth(HealthOptions options, MonotonicTime now)
{
    private const int MostDoublings = 4;

    /// <summary>How long a replica that was out for being slow is on trial if its answers are not compared before.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(60);

    private int _strikes;
    private int _good;
    private int _softEjections;
    private double _slowness = 1;
    private MonotonicTime? _slowSince;
    private MonotonicTime _returned = now;
    private MonotonicTime _ejectedUntil;
    private MonotonicTime _lastAgainst;

    /// <summary>The replica's state.</summary>
    public ReplicaState State { get; private set; } = ReplicaState.Starting;

    /// <summary>The reason for the state, in words.</summary>
    public string Reason { get; private set; } = "not heard of yet";

    /// <summary>When it entered the state.</summary>
    public MonotonicTime Since { get; private set; } = now;

    /// <summary>Why it was last ejected, until it is healthy again; none otherwise.</summary>
    public EjectionCause Ejection { get; private set; }

    /// <summary>See <see cref="Replica.Weight"/>.</summary>
    public double Weight(MonotonicTime now) => Math.Min(Weights.Warm(now - _returned, options),
        _slowSince is not null ? Weights.Slow(_slowness)
        : State == ReplicaState.Suspect || (State == ReplicaState.Probation && options.SlowStartSeconds == 0) ? Weights.Doubted : 1);

    /// <summary>Takes a status that came.</summary>
    public bool StatusReceived(ShimStatus status, MonotonicTime now) => status.Verdict switch
    {
        ShimVerdict.Starting => Move(ReplicaState.Starting, status.Reason, now),
        ShimVerdict.Draining => Move(ReplicaState.Draining, status.Reason, now),
        ShimVerdict.Sick => Eject(status.EngineDied ? EjectionCause.EngineDied : EjectionCause.Verdict, status.Reason, now),
        _ => Ready(now),
    };

    /// <summary>Takes hard evidence: the replica is out at once.</summary>
    public bool Eject(EjectionCause cause, string reason, MonotonicTime now)
    {
        if (State == ReplicaState.Starting && cause == EjectionCause.ConnectionLost)
            return Move(ReplicaState.Starting, reason, now); // it has not served yet, so it is still starting
        _good = 0;
        var changed = Ejection != cause;
        Ejection = cause;
        return Move(ReplicaState.Ejected, reason, now) || changed;
    }

    /// <summary>Takes an attempt that succeeded.</summary>
    public bool Succeeded(MonotonicTime now)
    {
        _strikes = 0;
        // Successful answers do not clear a slow replica; only a comparison does.
        return State is ReplicaState.Suspect or ReplicaState.Probation && _slowSince is null && Ejection != EjectionCause.Slow
            && ++_good >= options.SuccessesIn && Clear("answers again", now);
    }

    /// <summary>
    /// Called when an attempt failed by the replica's fault. A <paramref name="doubt"/> says why the fault may be this gateway's instead.
    /// </summary>
    public bool Struck(AttemptOutcome outcome, string? doubt, MonotonicTime now)
    {
        if (!State.IsServing())
            return false;
        (_good, _lastAgainst) = (0, now);
        _strikes++;
        var why = $"{Attribution.Name(outcome)}, strike {_strikes} of {options.StrikesOut}";
        return _strikes < options.StrikesOut && State != ReplicaState.Probation
            ? Move(ReplicaState.Suspect, why, now)
            : EjectSoftly(EjectionCause.Strikes, why, doubt, now);
    }

    /// <summary>Takes a comparison of its answers with those of the others.</summary>
    public bool Compared(Comparison comparison, string? doubt, MonotonicTime now)
    {
        if (!State.IsServing())
            return false;
        switch (comparison.Standing)
        {
            case Standing.Slow:
                (_slowness, _slowSince, _lastAgainst) = (comparison.Times, _slowSince ?? now, now);
                var isOut = now - _slowSince >= TimeSpan.FromMilliseconds(options.SlowMilliseconds) || State == ReplicaState.Probation;
                return isOut
                    ? EjectSoftly(EjectionCause.Slow, comparison.Words, doubt, now)
                    : Move(ReplicaState.Suspect, comparison.Words, now);
            case Standing.Fair when _slowSince is not null || Ejection == EjectionCause.Slow:
                return Clear("as fast as the others", now);
            default:
                return false;
        }
    }

    private bool Ready(MonotonicTime now)
    {
        switch (State)
        {
            case ReplicaState.Starting or ReplicaState.Draining:
                return Clear("serving", now);
            case ReplicaState.Ejected when Ejection.IsSoft() && now < _ejectedUntil:
                return false;
            case ReplicaState.Ejected:
                (_good, _strikes, _slowSince) = (1, 0, null);
                return Move(ReplicaState.Probation, "back, on trial", now);
            case ReplicaState.Probation when !Ejection.IsSoft():
                return ++_good >= options.SuccessesIn && Clear("back", now);
            case ReplicaState.Probation when Ejection == EjectionCause.Slow:
                return now - Since > Trial && Clear("nothing more against it", now);
            case ReplicaState.Probation or ReplicaState.Suspect:
                return now - Latest(_lastAgainst, Since) > TimeSpan.FromMilliseconds(options.SuspicionMilliseconds)
                    && Clear("nothing more against it", now);
            default:
                return false;
        }
    }

    private bool EjectSoftly(EjectionCause cause, string why, string? doubt, MonotonicTime now)
    {
        if (doubt is not null)
            return Move(ReplicaState.Suspect, $"{why}; kept, because {doubt}", now);
        var length = options.SoftEjectionMilliseconds * (1 << Math.Min(_softEjections++, MostDoublings));
        _ejectedUntil = now + TimeSpan.FromMilliseconds(length);
        Ejection = cause;
        return Move(ReplicaState.Ejected, $"{why}; out for {length / 1000.0:0.#} s", now);
    }

    private bool Clear(string reason, MonotonicTime now)
    {
        (_strikes, _good, _softEjections, _slowSince, Ejection) = (0, 0, 0, null, EjectionCause.None);
        return Move(ReplicaState.Healthy, reason, now);
    }

    private bool Move(ReplicaState state, string reason, MonotonicTime now)
    {
        if (state == State && reason == Reason)
            return false;
        if (state == ReplicaState.Probation || (state == ReplicaState.Healthy && !State.IsServing()))
            _returned = now;
        if (state != State)
            Since = now;
        (State, Reason) = (state, reason);
        return true;
    }

    private static MonotonicTime Latest(MonotonicTime a, MonotonicTime b) => a > b ? a : b;
}
