namespace Clawdbot.InferenceShim.Supervision;

/// <summary>Why the shim ends an engine that runs.</summary>
/// <param name="Why">The reason in words.</param>
/// <param name="Kind">What follows from it.</param>
internal sealed record StopOrder(string Why, StopKind Kind);

/// <summary>What follows from an <see cref="StopOrder"/>.</summary>
internal enum StopKind
{
    /// <summary>It does not generate: short grace, then another one.</summary>
    Hung,

    /// <summary>It is well and nothing runs in it: its own time to stop, then another one.</summary>
    Recycle,

    /// <summary>The shim stops: its own time to stop, and no other one.</summary>
    Leave,
}
