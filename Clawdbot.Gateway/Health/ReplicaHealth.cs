using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Health;

/// <summary>
/// The state of one replica as evidence moves it. Knows no clock, no network and no other replica: the same evidence at
/// the same times gives the same states. Not thread-safe.
/// </summary>
/// <remarks>
/// <c>Starting -> Healthy &lt;-> Suspect -> Ejected -> Probation -> Healthy</c>, and <c>Draining</c> as the shim says.
/// Hard evidence ejects at once; soft evidence needs strikes. Methods return whether the published facts changed.
/// </remarks>
internal sealed class ReplicaHealth(HealthOptions options, DateTimeOffset now)
{
    private const int MostDoublings = 4;

    private int _strikes;
    private int _good;
    private int _softEjections;
    private DateTimeOffset _ejectedUntil;
    private DateTimeOffset _lastStrike;

    /// <summary>Where the replica stands.</summary>
    public ReplicaState State { get; private set; } = ReplicaState.Starting;

    /// <summary>Why, in words.</summary>
    public string Reason { get; private set; } = "not heard of yet";

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; private set; } = now;

    /// <summary>Why it is ejected, if it is.</summary>
    public EjectionCause Ejection { get; private set; }

    /// <summary>A status came.</summary>
    public bool StatusReceived(ShimStatus status, DateTimeOffset now) => status.Verdict switch
    {
        ShimVerdict.Starting => Move(ReplicaState.Starting, status.Reason, now),
        ShimVerdict.Draining => Move(ReplicaState.Draining, status.Reason, now),
        ShimVerdict.Sick => Eject(EjectionCause.Verdict, status.Reason, now),
        _ => Ready(now),
    };

    /// <summary>Hard evidence: the replica is out at once.</summary>
    public bool Eject(EjectionCause cause, string reason, DateTimeOffset now)
    {
        if (State == ReplicaState.Starting && cause == EjectionCause.ConnectionLost)
            return Move(ReplicaState.Starting, reason, now); // it never served: not yet up is not dead
        _good = 0;
        var changed = Ejection != cause;
        Ejection = cause;
        return Move(ReplicaState.Ejected, reason, now) || changed;
    }

    /// <summary>An attempt succeeded.</summary>
    public bool Succeeded(DateTimeOffset now)
    {
        _strikes = 0;
        return State is ReplicaState.Suspect or ReplicaState.Probation && ++_good >= options.SuccessesIn && Clear("answers again", now);
    }

    /// <summary>
    /// An attempt failed by the replica's fault. <paramref name="mayEject"/> is false when most of the fleet looks sick
    /// too: then the observer is suspected, not the replica.
    /// </summary>
    public bool Struck(AttemptOutcome outcome, bool mayEject, DateTimeOffset now)
    {
        if (State is not (ReplicaState.Healthy or ReplicaState.Suspect or ReplicaState.Probation))
            return false;
        _good = 0;
        _strikes++;
        _lastStrike = now;
        var why = $"{Attribution.Name(outcome)}, strike {_strikes} of {options.StrikesOut}";
        if (_strikes < options.StrikesOut && State != ReplicaState.Probation)
            return Move(ReplicaState.Suspect, why, now);
        if (!mayEject)
            return Move(ReplicaState.Suspect, $"{why}; kept, because most of the fleet looks sick", now);
        var length = options.SoftEjectionMilliseconds * (1 << Math.Min(_softEjections++, MostDoublings));
        _ejectedUntil = now.AddMilliseconds(length);
        Ejection = EjectionCause.Strikes;
        return Move(ReplicaState.Ejected, $"{why}; out for {length / 1000.0:0.#} s", now);
    }

    private bool Ready(DateTimeOffset now)
    {
        switch (State)
        {
            case ReplicaState.Starting or ReplicaState.Draining:
                return Clear("serving", now);
            case ReplicaState.Ejected when Ejection == EjectionCause.Strikes && now < _ejectedUntil:
                return false;
            case ReplicaState.Ejected:
                (_good, _strikes) = (1, 0);
                return Move(ReplicaState.Probation, "back, on trial", now);
            case ReplicaState.Probation when Ejection != EjectionCause.Strikes:
                return ++_good >= options.SuccessesIn && Clear("back", now);
            case ReplicaState.Probation or ReplicaState.Suspect:
                return now - Latest(_lastStrike, Since) > TimeSpan.FromMilliseconds(options.SuspicionMilliseconds)
                    && Clear("nothing more against it", now);
            default:
                return false;
        }
    }

    private bool Clear(string reason, DateTimeOffset now)
    {
        (_strikes, _good, _softEjections, Ejection) = (0, 0, 0, EjectionCause.None);
        return Move(ReplicaState.Healthy, reason, now);
    }

    private bool Move(ReplicaState state, string reason, DateTimeOffset now)
    {
        if (state == State && reason == Reason)
            return false;
        if (state != State)
            Since = now;
        (State, Reason) = (state, reason);
        return true;
    }

    private static DateTimeOffset Latest(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
