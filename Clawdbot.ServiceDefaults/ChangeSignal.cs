namespace Clawdbot.ServiceDefaults;

/// <summary>
/// Wakes everybody who waits for the next change of something. Whoever waits takes <see cref="Next"/> before it reads that something, or a
/// change between the two is missed. Thread-safe.
/// </summary>
public sealed class ChangeSignal
{
    private TaskCompletionSource? _next;

    /// <summary>Completes at the next <see cref="Raise"/>; nobody is woken on the thread that raises it.</summary>
    public Task Next
    {
        get
        {
            if (Volatile.Read(ref _next) is { } next)
                return next.Task;
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _next, mine, null) ?? mine).Task;
        }
    }

    /// <summary>Something has changed. Costs nothing while nobody waits.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, null)?.SetResult();
}
