namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// A process and all that it started: the processes of its session, their descendants, and those that were among them at the last look.
/// Engines run a dozen processes, and some leave the group or outlive their parent.
/// </summary>
/// <param name="root">Leader of the session.</param>
internal sealed class ProcessTree(int root)
{
    private Dictionary<int, long> _known = [];

    /// <summary>Its processes that live now.</summary>
    public IReadOnlyList<ProcessStat> Look()
    {
        var others = ProcessStat.All().Where(p => !p.IsZombie).ToList();
        var members = new Dictionary<int, ProcessStat>();
        Func<ProcessStat, bool> belongs = p => p.Session == root
            || (_known.TryGetValue(p.Id, out var started) && started == p.Started)
            || members.ContainsKey(p.Parent);
        while (others.FindAll(p => belongs(p)) is { Count: > 0 } found)
        {
            foreach (var process in found)
                members[process.Id] = process;
            others.RemoveAll(p => members.ContainsKey(p.Id));
        }
        _known = members.ToDictionary(m => m.Key, m => m.Value.Started);
        return [.. members.Values];
    }

    /// <summary>Sends SIGKILL to all of them until none is left, so that those that start meanwhile end too.</summary>
    /// <param name="waiting">Is told how many are left, whenever some are.</param>
    /// <param name="time">The clock.</param>
    public async Task KillAsync(Action<int> waiting, TimeProvider time)
    {
        while (Look() is { Count: > 0 } left)
        {
            Signals.Send(-root, Signals.Kill); // the group at once, so that no member sees another one die first
            foreach (var process in left)
                Signals.Send(process.Id, Signals.Kill);
            waiting(left.Count);
            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        }
    }
}
