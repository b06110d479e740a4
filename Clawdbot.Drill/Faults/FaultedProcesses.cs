using Clawdbot.Testing.Processes;

namespace Clawdbot.Drill.Faults;

/// <summary>To whom something is being done, so that a schedule leaves some alone.</summary>
internal sealed class FaultedProcesses
{
    private readonly HashSet<SupervisedProcess> _hurt = [];
    private readonly Lock _lock = new();

    /// <summary>Marks the chosen ones, if they are well and enough others stay so.</summary>
    /// <param name="chosen">To whom something is to be done.</param>
    /// <param name="all">They and the others.</param>
    /// <param name="leave">How many others must be well.</param>
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

    /// <summary>Nothing is done to them any more.</summary>
    public void Healed(IReadOnlyList<SupervisedProcess> chosen)
    {
        lock (_lock)
            _hurt.ExceptWith(chosen);
    }

    private bool IsWell(SupervisedProcess process) => process.IsUp && !_hurt.Contains(process);
}
