using System.Runtime.CompilerServices;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>
/// Runs every generation: the guard checks it before the engine sees it, and what comes is noted for the liveness monitor. Thread-safe.
/// </summary>
internal sealed class Generations(IEngine engine, PromptGuard guard, CapabilityEvidence capabilities, TimeProvider time)
{
    /// <summary>Time after which what an engine sent before a failure has come.</summary>
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMilliseconds(100);

    /// <summary>How long it is waited for that an engine goes on with others after a failure.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1.5);

    private readonly Lock _lock = new();
    private readonly HashSet<GenerationInFlight> _all = [];
    private long _entered;
    private long _lastStepAt = time.GetTimestamp();
    private long _lastProgressAt = time.GetTimestamp();
    private long _progress;
    private long _answered;
    private long _askedAt = long.MinValue;
    private long _lastAbandonedAt = long.MinValue;
    private volatile bool _rejectsClients;

    /// <summary>Raised when a client's generation begins, outside any lock.</summary>
    public event Action? ClientCame;

    /// <summary>Raised when the engine failed a generation, also a canary; outside any lock.</summary>
    public event Action<GenerationInFlight, EngineFailureException>? Failed;

    /// <summary>
    /// Raised when the engine refused a request for what may be its own state: no such model or path, no money, not allowed. Then it would
    /// refuse every other one too, and quickly, which makes a replica look idle.
    /// </summary>
    public event Action<GenerationInFlight>? Rejected;

    /// <summary>
    /// Raised when the engine turned a client's request away and said when to come again. Gateways keep others from it for a while, also
    /// where it is well for everything but this request.
    /// </summary>
    public event Action<GenerationInFlight>? TurnedAway;

    /// <summary>Whether the engine has refused a client's request so, and has answered none since.</summary>
    public bool RejectsClients => _rejectsClients;

    /// <summary>When the last step of any of them came, as a timestamp; at first, when this was made.</summary>
    public long LastStepAt => Volatile.Read(ref _lastStepAt);

    /// <summary>When the last step but starts and comments came, as a timestamp: some engines send these, and then nothing.</summary>
    public long LastProgressAt => Volatile.Read(ref _lastProgressAt);

    /// <summary>
    /// When the first request was sent since the last step of any, as a timestamp, also if it was given up; null when none was.
    /// </summary>
    public long? AskedAt
    {
        get
        {
            lock (_lock)
                return _askedAt == long.MinValue ? null : Math.Max(_askedAt, LastStepAt);
        }
    }

    /// <summary>When a client's generation was given up before its end, as a timestamp; <see cref="long.MinValue"/>: none was.</summary>
    public long LastAbandonedAt => Volatile.Read(ref _lastAbandonedAt);

    /// <summary>How many generations, canaries included, the engine has begun to answer.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>How long canaries take to their token.</summary>
    public CanaryLatency CanaryLatency { get; } = new();

    /// <summary>How many steps have come, not counting starts and comments.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <summary>The generations that run, canaries included.</summary>
    public IReadOnlyList<GenerationInFlight> InFlight
    {
        get
        {
            lock (_lock)
                return _all.Count == 0 ? [] : [.. _all];
        }
    }

    /// <summary>Whether a client's generation runs.</summary>
    public bool ServesClients
    {
        get
        {
            lock (_lock)
                return _all.Any(g => !g.IsCanary);
        }
    }

    /// <summary>Runs a client's generation, as <see cref="IEngine.GenerateAsync"/>.</summary>
    /// <exception cref="EngineRefusalException">The guard or the engine refuses it.</exception>
    public IAsyncEnumerable<EngineEvent> RunAsync(EngineRequest request, CancellationToken cancellation)
    {
        capabilities.Check(request);
        guard.Check(request);
        return WatchAsync(request, isCanary: false, cancellation);
    }

    /// <summary>Runs a canary, without the guard.</summary>
    public IAsyncEnumerable<EngineEvent> TryAsync(EngineRequest request, CancellationToken cancellation) =>
        WatchAsync(request, isCanary: true, cancellation);

    private async IAsyncEnumerable<EngineEvent> WatchAsync(
        EngineRequest request, bool isCanary, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var generation = Enter(request, isCanary);
        try
        {
            await using var steps = engine.GenerateAsync(request, cancellation).GetAsyncEnumerator(cancellation);
            while (await NextAsync(steps, generation))
                yield return steps.Current;
        }
        finally
        {
            if (!generation.IsOver && !isCanary)
                Volatile.Write(ref _lastAbandonedAt, time.GetTimestamp());
            lock (_lock)
                _all.Remove(generation);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> NextAsync(IAsyncEnumerator<EngineEvent> steps, GenerationInFlight generation)
    {
        generation.Asks(time.GetTimestamp());
        try
        {
            var isMore = await steps.MoveNextAsync();
            if (generation is { IsCanary: true, Tokens: 0 } && isMore && steps.Current is EngineTokens or EngineFinished)
                CanaryLatency.Took(time.GetElapsedTime(generation.BeganAt));
            generation.Came(isMore ? steps.Current : null);
            generation.IsOver = !isMore;
            Volatile.Write(ref _lastStepAt, time.GetTimestamp());
            if (isMore && steps.Current is not (EngineStarted or EngineComment))
            {
                if (!generation.IsAnswered)
                    Interlocked.Increment(ref _answered);
                generation.IsAnswered = true;
                if (generation is { IsCanary: false, IsProven: false } && steps.Current.ShowsTokens)
                {
                    capabilities.Took(generation.Request); // an answer of nothing shows nothing
                    generation.IsProven = true;
                }
                if (steps.Current is EngineFinished { CompletionTokens: not null })
                    capabilities.Shows(Capabilities.Usage);
                _rejectsClients &= generation.IsCanary;
                Volatile.Write(ref _lastProgressAt, time.GetTimestamp());
                Interlocked.Increment(ref _progress);
            }
            return isMore;
        }
        catch (EngineRefusalException refusal)
        {
            Ended(generation);
            if (!generation.IsCanary)
                capabilities.Refused(generation.Request, refusal);
            if (refusal.RetryAfter is not null && !generation.IsCanary)
                TurnedAway?.Invoke(generation);
            if (refusal.Status is not (400 or 409 or 413 or 415 or 422 or 503))
            {
                _rejectsClients |= !generation.IsCanary;
                Rejected?.Invoke(generation);
            }
            throw;
        }
        catch (EngineFailureException fault)
        {
            Ended(generation);
            generation.Came(null);
            generation.WasAlone = generation.CameAlone && Volatile.Read(ref _entered) == generation.Entry;
            if (await LacksPicturesAsync(generation, fault))
                throw capabilities.FailsPictures(fault);
            Failed?.Invoke(generation, fault);
            throw;
        }
    }

    /// <summary>
    /// Whether a failure shows that the engine takes no pictures: it was never seen to take one, and it answered the trial of what it was
    /// found to lack with an error, or goes on with others. All that moves there is words, so it is well. What was on its way before it
    /// failed does not count: it may have died of the pictures.
    /// </summary>
    private async Task<bool> LacksPicturesAsync(GenerationInFlight failed, EngineFailureException fault)
    {
        if (failed is not { IsCanary: false, IsStarted: false } || !capabilities.MayLackPictures(failed.Request))
            return false;
        if (fault.Code is "engine_failed" or "engine_malformed" && capabilities.WasFoundLacking(Capabilities.Pictures))
            return true;
        if (!ServesOthers(failed))
            return false;
        await Task.Delay(OnItsWay, time);
        var before = Progress;
        for (var waited = OnItsWay; waited < Longest && Progress == before && ServesOthers(failed); waited += OnItsWay)
            await Task.Delay(OnItsWay, time);
        return Progress > before;
    }

    private bool ServesOthers(GenerationInFlight one)
    {
        lock (_lock)
            return _all.Any(g => g != one && !g.IsCanary);
    }

    /// <summary>Notes that the engine ended one by an error: that is an answer.</summary>
    private void Ended(GenerationInFlight generation)
    {
        generation.IsOver = true;
        lock (_lock)
            _askedAt = long.MinValue;
    }

    private GenerationInFlight Enter(EngineRequest request, bool isCanary)
    {
        if (!isCanary)
            ClientCame?.Invoke();
        lock (_lock)
        {
            // Canaries do not count: one that is giving way is not to blame when the engine fails.
            var cameAlone = !_all.Any(g => !g.IsCanary);
            var generation = new GenerationInFlight(request, isCanary, isCanary ? _entered : ++_entered, cameAlone)
            {
                BeganAt = time.GetTimestamp(),
            };
            _all.Add(generation);
            if (_askedAt <= LastStepAt)
                _askedAt = generation.BeganAt;
            return generation;
        }
    }
}
