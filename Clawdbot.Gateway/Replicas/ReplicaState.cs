namespace Clawdbot.Gateway.Replicas;

/// <summary>A replica's state in the rotation.</summary>
internal enum ReplicaState
{
    /// <summary>It is known, but not ready yet.</summary>
    Starting,

    /// <summary>It serves.</summary>
    Healthy,

    /// <summary>It serves with less weight, because of a recent strike or because it is slow.</summary>
    Suspect,

    /// <summary>It gets no attempts.</summary>
    Ejected,

    /// <summary>It came back, and serves with less weight until it has answered well.</summary>
    Probation,

    /// <summary>It finishes its answers and gets no new attempts.</summary>
    Draining,

    /// <summary>It left the fleet.</summary>
    Gone,
}

/// <summary>Properties of states.</summary>
internal static class ReplicaStates
{
    /// <summary>Whether new attempts may be sent to a replica in this state.</summary>
    public static bool IsServing(this ReplicaState state) =>
        state is ReplicaState.Healthy or ReplicaState.Suspect or ReplicaState.Probation;
}

/// <summary>Why a replica was ejected.</summary>
internal enum EjectionCause
{
    /// <summary>It was not ejected.</summary>
    None,

    /// <summary>Its process ended. Hard evidence.</summary>
    Exited,

    /// <summary>Its connection was refused, reset or closed. Hard evidence.</summary>
    ConnectionLost,

    /// <summary>Nothing came on its status stream although the connection stands. Hard evidence.</summary>
    Silent,

    /// <summary>Its shim says that the engine runs and does not generate. Hard evidence.</summary>
    Verdict,

    /// <summary>Its shim says that the engine's process is gone. Hard evidence.</summary>
    EngineDied,

    /// <summary>The process at its address does not have the fleet secret. Hard evidence.</summary>
    Unproven,

    /// <summary>It had too many strikes in a row. Soft evidence.</summary>
    Strikes,

    /// <summary>It answers, but much more slowly than the others. Soft evidence.</summary>
    Slow,
}

/// <summary>Properties of the causes of ejections.</summary>
internal static class EjectionCauses
{
    /// <summary>
    /// Whether the evidence is soft: the replica is out for a while, attempts there go on, and it is not believed of most of a fleet.
    /// </summary>
    public static bool IsSoft(this EjectionCause cause) => cause is EjectionCause.Strikes or EjectionCause.Slow;
}
