namespace Clawdbot.ServiceDefaults;

/// <summary>
/// Wakes all who wait for the next change of a value. A waiter takes <see cref="Next"/> before it reads the value, or it misses a change
/// between the two. Thread-safe.
/// </summary>
public sealed class ChangeSignal
{
    private TaskCompletionSource? _next;

    /// <summary>Completes at the next <see cref="Raise"/>; continuations do not run on the thread that raises it.</summary>
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

    /// <summary>Reports a change. It costs almost nothing while nobody waits.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, null)?.SetResult();
}
