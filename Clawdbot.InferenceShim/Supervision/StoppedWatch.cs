namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Notices that a process of the engine has been stopped for a while. Nothing else shows it at once: its port stays open, and its
/// connections stand.
/// </summary>
internal sealed class StoppedWatch(TimeSpan limit, TimeProvider time)
{
    private long? _since;

    /// <param name="processes">The engine's, as they are now.</param>
    /// <returns>The verdict in words; null while there is none.</returns>
    public string? Look(IReadOnlyList<ProcessStat> processes)
    {
        if (processes.FirstOrDefault(p => p.IsStopped) is not { } stopped)
        {
            _since = null;
            return null;
        }
        _since ??= time.GetTimestamp();
        return time.GetElapsedTime(_since.Value) >= limit
            ? $"process {stopped.Id} of the engine is stopped (SIGSTOP, or a debugger) and generates nothing"
            : null;
    }
}
