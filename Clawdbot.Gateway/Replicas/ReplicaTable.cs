using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Replicas;

/// <summary>Holds the current <see cref="ReplicaSet"/>, wakes those who wait for a better one, and takes outcomes. Thread-safe.</summary>
internal sealed class ReplicaTable
{
    private readonly ChangeSignal _changed = new();
    private ReplicaSet _current = ReplicaSet.Empty;

    /// <summary>Raised for each finished attempt, on the thread that made it.</summary>
    public event Action<Replica, AttemptReport>? OutcomeReported;

    /// <summary>The newest set.</summary>
    public ReplicaSet Current => Volatile.Read(ref _current);

    /// <summary>Completes at the next <see cref="Publish"/>. Take it before reading <see cref="Current"/>, or a change is missed.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Replaces the set.</summary>
    public void Publish(ReplicaSet set)
    {
        Volatile.Write(ref _current, set);
        _changed.Raise();
    }

    /// <summary>Says how an attempt ended.</summary>
    public void Report(Replica replica, in AttemptReport report)
    {
        replica.Live.Latency.Saw(report);
        OutcomeReported?.Invoke(replica, report);
    }
}
