using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Faults;

/// <summary>The processes that a fault is hitting now, so that a schedule can leave enough others healthy.</summary>
internal sealed class FaultedProcesses
{
    private readonly HashSet<SupervisedProcess> _hurt = [];
    private readonly Lock _lock = new();

    /// <summary>Marks the chosen processes as hit, if they are healthy and enough others stay healthy; else returns false.</summary>
    /// <param name="chosen">The processes that a fault is to hit.</param>
    /// <param name="all">All processes of their kind, the chosen ones included.</param>
    /// <param name="leave">How many others must be healthy.</param>
    public bool TryHurt(IReadOnlyList<SupervisedProcess> chosen, IReadOnlyList<SupervisedProcess> all, int leave)
    {
        lock (_lock)
        {
            if (!chosen.All(IsWell) || all.Except(chosen).Count(IsWell) < leave)
                return false;
            _hurt.UnionWith(chosen);
            return true;
        }
    }

    /// <summary>Removes the marks of processes that no fault hits any more.</summary>
    public void Healed(IReadOnlyList<SupervisedProcess> chosen)
    {
        lock (_lock)
            _hurt.ExceptWith(chosen);
    }

    private bool IsWell(SupervisedProcess process) => process.IsUp && !_hurt.Contains(process);
}
