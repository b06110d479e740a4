using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// Keeps one verdict on the engine, with its reason in words. The parent says when the engine's process starts and ends; progress and
/// canary say whether the running engine generates. Thread-safe.
/// </summary>
/// <remarks>
/// Two verdicts are kept apart: the parent's on the process (without a parent: it serves) and the liveness monitor's on an engine
/// whose process serves. Each word of the parent resets the liveness monitor's verdict; a conviction stands until then, or
/// until the liveness monitor takes it back.
/// </remarks>
internal sealed class EngineWatch
{
    private static readonly (ShimVerdict, string) Serves = (ShimVerdict.Ready, "serving");

    private readonly Lock _lock = new();
    private readonly ChangeSignal _changed = new();
    private (ShimVerdict Verdict, string Reason) _process = Serves;
    private (ShimVerdict Verdict, string Reason) _life = Serves;
    private bool _foundDead;
    private int _starts;

    /// <summary>
    /// Raised, with the reason, when a running engine is found not to generate; outside any lock, on the thread that found it.
    /// </summary>
    public event Action<string>? Convicted;

    /// <summary><see cref="ShimVerdict.Starting"/>, <see cref="ShimVerdict.Ready"/> or <see cref="ShimVerdict.Sick"/>, and why.</summary>
    public (ShimVerdict Verdict, string Reason) Verdict
    {
        get
        {
            lock (_lock)
                return Now;
        }
    }

    /// <summary>Completes at the next change of the verdict. Take it before reading <see cref="Verdict"/>, or a change is missed.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Text appended to the reason of a conviction when no parent here can restart the engine: it says who must.</summary>
    public string? Nobody { get; set; }

    /// <summary>Whether the engine's process runs, as far as the parent knows; it says nothing on whether it generates.</summary>
    public bool IsUp
    {
        get
        {
            lock (_lock)
                return _process.Verdict == ShimVerdict.Ready;
        }
    }

    /// <summary>
    /// Whether the engine's process is gone, as the parent or the liveness monitor found; false when it runs and does not generate.
    /// </summary>
    public bool IsDead
    {
        get
        {
            lock (_lock)
                return Now.Verdict == ShimVerdict.Sick
                    && (_life.Verdict == ShimVerdict.Sick ? _foundDead : _process.Verdict == ShimVerdict.Sick);
        }
    }

    /// <summary>
    /// How often the parent has begun to say that the engine starts or is gone; whatever was known of the engine before is then void.
    /// </summary>
    public int Starts
    {
        get
        {
            lock (_lock)
                return _starts;
        }
    }

    private (ShimVerdict Verdict, string Reason) Now =>
        _process.Verdict == ShimVerdict.Ready || _life.Verdict == ShimVerdict.Sick ? _life : _process;

    /// <summary>The parent reports that the process is starting; <paramref name="progress"/> says how far it is.</summary>
    public void Starting(string progress) => Process((ShimVerdict.Starting, progress));

    /// <summary>The parent reports that the engine is up and generates.</summary>
    public void Serving() => Process(Serves);

    /// <summary>The parent reports that the engine's port is open; nobody has asked it anything yet.</summary>
    public void Listening() => Set(Serves, (ShimVerdict.Starting, "the engine listens and has not answered yet."));

    /// <summary>The parent reports that the process ended or can't be started; <paramref name="reason"/> says how or why.</summary>
    public void Gone(string reason) => Process((ShimVerdict.Sick, reason));

    /// <summary>
    /// The liveness monitor finds that the engine does not generate, or, with <paramref name="died"/>, that it does not even run.
    /// </summary>
    public void Convict(string reason, bool died = false)
    {
        lock (_lock)
            _foundDead = died;
        Life((ShimVerdict.Sick, Nobody is { } nobody ? $"{reason}; {nobody}" : reason));
        Convicted?.Invoke(reason);
    }

    /// <summary>The liveness monitor waits for an engine that may be up and has not said yet what it serves.</summary>
    public void Unproven(string reason) => Life((ShimVerdict.Starting, reason));

    /// <summary>The liveness monitor sees the engine generate, or finds no fault; the parent's verdict stands.</summary>
    public void Alive() => Life(Serves);

    private void Process((ShimVerdict Verdict, string Reason) said) => Set(said, Serves);

    private void Life((ShimVerdict, string) found) => Set(null, found);

    private void Set((ShimVerdict Verdict, string Reason)? process, (ShimVerdict, string) life)
    {
        lock (_lock)
        {
            var before = Now;
            if (process is { Verdict: not ShimVerdict.Ready } ends && ends.Verdict != _process.Verdict)
                _starts++;
            (_process, _life) = (process ?? _process, life);
            if (before == Now)
                return;
        }
        _changed.Raise();
    }
}
