namespace Clawdbot.Drill.Faults;

/// <summary>One fault that hit a contender.</summary>
/// <param name="At">Milliseconds from the run's start.</param>
/// <param name="Fault">Name, such as <c>kill</c>.</param>
/// <param name="Target">Such as <c>replica-2</c>.</param>
/// <param name="RecoveredAt">
/// When clients were served without failure again, milliseconds from the run's start; null: not before the next fault.
/// </param>
internal sealed record FaultMark(double At, string Fault, string Target, double? RecoveredAt = null);
