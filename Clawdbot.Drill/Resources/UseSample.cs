using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Resources;

/// <param name="At">Milliseconds from the run's start.</param>
/// <param name="Process">Such as <c>gateway-0</c>.</param>
/// <param name="Pid">Tells one life of it from the next.</param>
/// <param name="Use">What it held.</param>
/// <param name="Heap">Bytes of its garbage-collected heap after the last collection; null where it was not asked or does not tell.</param>
internal sealed record UseSample(double At, string Process, int Pid, ProcessUse Use, double? Heap);
