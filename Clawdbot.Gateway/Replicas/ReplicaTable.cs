using Clawdbot.ServiceDefaults;

namespace Clawdbot.Gateway.Replicas;

/// <summary>Holds the current <see cref="ReplicaSet"/>, signals its changes, and passes on outcomes of attempts. Thread-safe.</summary>
internal sealed class ReplicaTable
{
    private readonly ChangeSignal _changed = new();
    private ReplicaSet _current = ReplicaSet.Empty;
    private Func<int> _demand = static () => 0;

    /// <summary>Raised for each finished attempt, on the thread that made it.</summary>
    public event Action<Replica, AttemptReport>? OutcomeReported;

    /// <summary>The newest set.</summary>
    public ReplicaSet Current => Volatile.Read(ref _current);

    /// <summary>Completes at the next <see cref="Publish"/>. Get it before <see cref="Current"/>, or a change may be missed.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Replaces the set and signals the change.</summary>
    public void Publish(ReplicaSet set)
    {
        Volatile.Write(ref _current, set);
        _changed.Raise();
    }

    /// <summary>Number of this gateway's requests that have a place or wait for one.</summary>
    public int Demand => _demand();

    /// <summary>Sets what counts <see cref="Demand"/>.</summary>
    public void CountDemandBy(Func<int> count) => _demand = count;

    /// <summary>Reports how an attempt ended.</summary>
    public void Report(Replica replica, in AttemptReport report)
    {
        replica.Live.Latency.Saw(report);
        OutcomeReported?.Invoke(replica, report);
    }
}
