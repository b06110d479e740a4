using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>Keeps a replica for one request until it is disposed.</summary>
internal sealed class ReplicaReservation : IDisposable
{
    private int _released;

    private ReplicaReservation(Replica replica) => Replica = replica;

    public Replica Replica { get; }

    /// <summary>Reserves the replica; null when another request has it.</summary>
    public static ReplicaReservation? TryReserve(Replica replica) => replica.Live.TryReserve() ? new ReplicaReservation(replica) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            Replica.Live.Release();
    }
}
