namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>A shim's own judgement of its state.</summary>
public enum ShimVerdict
{
    /// <summary>The engine is not ready yet.</summary>
    Starting,

    /// <summary>It serves. A replica without a free slot is ready too.</summary>
    Ready,

    /// <summary>It finishes the running requests and takes no new ones.</summary>
    Draining,

    /// <summary>The engine does not generate.</summary>
    Sick,
}
