using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Resources;

/// <summary>What one process used at one moment of a run.</summary>
/// <param name="At">Milliseconds from the run's start.</param>
/// <param name="Process">Such as <c>gateway-0</c>.</param>
/// <param name="Pid">Process id, which differs between one life of it and the next.</param>
/// <param name="Use">What it used.</param>
/// <param name="Heap">Bytes of its garbage-collected heap after the last collection; null where they were not read.</param>
internal sealed record UseSample(double At, string Process, int Pid, ProcessUse Use, double? Heap);
