namespace Clawdbot.ServiceDefaults.Wire;

/// <summary>A shim's own judgement.</summary>
public enum ShimVerdict
{
    /// <summary>The engine is not ready yet.</summary>
    Starting,

    /// <summary>Serves. A full replica is ready too: saturated is not sick.</summary>
    Ready,

    /// <summary>Finishes what runs, takes nothing new.</summary>
    Draining,

    /// <summary>The engine does not generate.</summary>
    Sick,
}
