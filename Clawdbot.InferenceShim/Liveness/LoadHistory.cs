using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>
/// What the engine's own numbers, reading after reading, say of its work: for how long nothing has moved in them, and for how long it has
/// known of no request. A reading that failed says nothing, so time without readings is evidence of nothing. Not thread-safe.
/// </summary>
internal sealed class LoadHistory(TimeProvider time)
{
    private long _stillSince;
    private long _emptySince;
    private long _at;

    /// <summary>The newest reading; null before there is one.</summary>
    public EngineLoad? Last { get; private set; }

    /// <summary>Its age; <see cref="TimeSpan.MaxValue"/> before there is one.</summary>
    public TimeSpan Age => Last is null ? TimeSpan.MaxValue : time.GetElapsedTime(_at);

    /// <summary>For how long no counter had moved at the newest reading.</summary>
    public TimeSpan Still => Last is null ? TimeSpan.Zero : time.GetElapsedTime(_stillSince, _at);

    /// <summary>For how long it had known of no request at the newest reading.</summary>
    public TimeSpan Empty => Last is not { Known: 0 } ? TimeSpan.Zero : time.GetElapsedTime(_emptySince, _at);

    /// <summary>How often it was seen to work.</summary>
    public long Motions { get; private set; }

    /// <summary>Takes a reading; true when the counters went back, because another engine counts or this one was restarted.</summary>
    public bool Take(EngineLoad load, long at)
    {
        var before = Last;
        var isAnew = before is not null && (load.TokensGenerated < before.TokensGenerated || load.PromptTokens < before.PromptTokens);
        if (before is null || isAnew || Moved(before, load))
        {
            _stillSince = at;
            Motions += before is null ? 0 : 1;
        }
        if (before is not { Known: 0 })
            _emptySince = at;
        (Last, _at) = (load, at);
        return isAnew;
    }

    /// <summary>Forgets all readings, because the engine was restarted or this process stood still.</summary>
    public void Forget() => Last = null;

    /// <summary>
    /// Whether tokens, prompt tokens or preemptions were counted, or the cache filled or emptied under the same requests. Requests that
    /// come and go are no work: clients bring those, whatever the engine does.
    /// </summary>
    private static bool Moved(EngineLoad before, EngineLoad now) =>
        now.TokensGenerated != before.TokensGenerated || now.PromptTokens != before.PromptTokens || now.Preemptions != before.Preemptions
        || (now.CacheUse != before.CacheUse
            && (now.Running, now.Waiting, now.Deferred) == (before.Running, before.Waiting, before.Deferred));
}
