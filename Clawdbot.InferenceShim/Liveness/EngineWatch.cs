using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>
/// What is known of the engine, as one verdict with its reason in words. The parent says when its process starts and ends; progress and
/// canary say whether what runs generates. Thread-safe.
/// </summary>
internal sealed class EngineWatch
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (ShimVerdict Verdict, string Reason) _verdict = (ShimVerdict.Ready, "serving");

    /// <summary>Raised when a running engine is found not to generate, with the reason; outside any lock, on the thread that found it.</summary>
    public event Action<string>? Convicted;

    /// <summary><see cref="ShimVerdict.Starting"/>, <see cref="ShimVerdict.Ready"/> or <see cref="ShimVerdict.Sick"/>, and why.</summary>
    public (ShimVerdict Verdict, string Reason) Verdict
    {
        get
        {
            lock (_lock)
                return _verdict;
        }
    }

    /// <summary>Completes at the next change of the verdict. Take it before reading <see cref="Verdict"/>, or a change is missed.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    /// <summary>Its process is being started, or is not up yet; <paramref name="progress"/> says how far it is.</summary>
    public void Starting(string progress) => Set(ShimVerdict.Starting, progress);

    /// <summary>It is up and generates.</summary>
    public void Serving() => Set(ShimVerdict.Ready, "serving");

    /// <summary>Its process ended, or can't be started: <paramref name="reason"/> says how or why.</summary>
    public void Gone(string reason) => Set(ShimVerdict.Sick, reason);

    /// <summary>It runs and does not generate.</summary>
    public void Convict(string reason)
    {
        Set(ShimVerdict.Sick, reason);
        Convicted?.Invoke(reason);
    }

    private void Set(ShimVerdict verdict, string reason)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_verdict == (verdict, reason))
                return;
            _verdict = (verdict, reason);
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.SetResult();
    }
}
