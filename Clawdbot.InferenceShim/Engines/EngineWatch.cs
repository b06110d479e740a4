using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// What is known of the engine, as one verdict with its reason in words. The parent says when its process starts and ends; progress and
/// canary say whether what runs generates. Thread-safe.
/// </summary>
/// <remarks>
/// Two opinions are kept apart: the parent's (or nobody's: then it is that the process serves) and the liveness monitor's of an engine
/// whose process serves. Each of the parent's words makes the liveness monitor begin anew; a conviction stands until then, or
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

    /// <summary>Said behind every conviction of an engine that has no parent here: who must act.</summary>
    public string? Nobody { get; set; }

    /// <summary>Its process runs, as far as the parent knows: whether it generates is for the liveness monitor to find.</summary>
    public bool IsUp
    {
        get
        {
            lock (_lock)
                return _process.Verdict == ShimVerdict.Ready;
        }
    }

    /// <summary>
    /// Its process is gone, by the parent's word or by what the liveness monitor found; not when it runs and does not generate.
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

    /// <summary>Its process is being started, or is not up yet; <paramref name="progress"/> says how far it is.</summary>
    public void Starting(string progress) => Process((ShimVerdict.Starting, progress));

    /// <summary>It is up and generates.</summary>
    public void Serving() => Process(Serves);

    /// <summary>Its port is open, which is all that is known: nobody has asked it yet.</summary>
    public void Listening() => Set(Serves, (ShimVerdict.Starting, "the engine listens and has not answered yet."));

    /// <summary>Its process ended, or can't be started: <paramref name="reason"/> says how or why.</summary>
    public void Gone(string reason) => Process((ShimVerdict.Sick, reason));

    /// <summary>It runs and does not generate; or, <paramref name="died"/>, it does not even run.</summary>
    public void Convict(string reason, bool died = false)
    {
        lock (_lock)
            _foundDead = died;
        Life((ShimVerdict.Sick, Nobody is { } nobody ? $"{reason}; {nobody}" : reason));
        Convicted?.Invoke(reason);
    }

    /// <summary>Its process may be up, and it has not said yet what it serves.</summary>
    public void Unproven(string reason) => Life((ShimVerdict.Starting, reason));

    /// <summary>The liveness monitor sees it generate, or has nothing against it. Says nothing against the parent.</summary>
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
