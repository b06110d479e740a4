namespace Clawdbot.Gateway.Replicas;

/// <summary>Where a replica stands in the rotation.</summary>
internal enum ReplicaState
{
    /// <summary>Known, not heard of yet.</summary>
    Starting,

    /// <summary>Serves.</summary>
    Healthy,

    /// <summary>Serves with less weight: a strike against it is fresh.</summary>
    Suspect,

    /// <summary>Gets nothing.</summary>
    Ejected,

    /// <summary>Came back; serves with less weight until it has proven itself.</summary>
    Probation,

    /// <summary>Finishes what it has, gets nothing new.</summary>
    Draining,

    /// <summary>Left the fleet.</summary>
    Gone,
}

/// <summary>What states have in common.</summary>
internal static class ReplicaStates
{
    /// <summary>Whether new attempts may be sent to a replica in it.</summary>
    public static bool IsServing(this ReplicaState state) =>
        state is ReplicaState.Healthy or ReplicaState.Suspect or ReplicaState.Probation;
}

/// <summary>Why a replica was ejected.</summary>
internal enum EjectionCause
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>Its process ended. Hard.</summary>
    Exited,

    /// <summary>Its connection was refused, reset or closed. Hard.</summary>
    ConnectionLost,

    /// <summary>Nothing came on its status stream although the connection stands. Hard.</summary>
    Silent,

    /// <summary>Its shim says that the engine runs and does not generate. Hard.</summary>
    Verdict,

    /// <summary>Its shim says that the engine's process is gone. Hard.</summary>
    EngineDied,

    /// <summary>Whoever answers there does not hold the fleet secret. Hard.</summary>
    Unproven,

    /// <summary>Three strikes. Soft.</summary>
    Strikes,

    /// <summary>It answers, and much more slowly than the others. Soft.</summary>
    Slow,
}

/// <summary>What kinds of evidence there are.</summary>
internal static class EjectionCauses
{
    /// <summary>
    /// Whether the evidence is soft: the replica is out for a while, attempts there go on, and it is not believed of most of a fleet.
    /// </summary>
    public static bool IsSoft(this EjectionCause cause) => cause is EjectionCause.Strikes or EjectionCause.Slow;
}
