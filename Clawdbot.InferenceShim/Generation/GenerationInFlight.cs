using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>One generation as the shim sees it. Whoever reads its steps writes it; the liveness monitor reads it.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="isCanary">Whether it is the shim's own test request.</param>
/// <param name="entry">See <see cref="Entry"/>.</param>
/// <param name="cameAlone">See <see cref="CameAlone"/>.</param>
internal sealed class GenerationInFlight(EngineRequest request, bool isCanary, long entry, bool cameAlone)
{
    private const long Not = long.MinValue;

    private long _waitingSince = Not;
    private long _heardAt = Not;
    private long _asked = Not;
    private bool _isComment;

    public EngineRequest Request => request;

    public bool IsCanary => isCanary;

    /// <summary>How many clients' generations had begun when it did, itself included when it is a client's.</summary>
    public long Entry => entry;

    /// <summary>When it began, as a timestamp.</summary>
    public long BeganAt { get; init; }

    /// <summary>Whether the engine has ended it, well or not; one that ends without that was given up.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether the engine has begun to answer, be it without a token: from then on a refusal has no status of its own.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Whether something of its answer has come, be it only the end.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Of a client's: whether it has had a token.</summary>
    public bool IsProven { get; set; }

    /// <summary>Whether no other client's generation ran when it began.</summary>
    public bool CameAlone => cameAlone;

    /// <summary>Of one that the engine failed: whether no other client's generation ran from its beginning to its end.</summary>
    public bool WasAlone { get; set; }

    /// <summary>Tokens so far, or pieces.</summary>
    public int Tokens => request.Generated;

    /// <summary>
    /// Since when the engine is waited for, as a timestamp; null while it is not, because the reader of the answer is slow.
    /// </summary>
    public long? WaitingSince => Volatile.Read(ref _waitingSince) is var since && since == Not ? null : since;

    /// <summary>When a comment came behind the last step, as a timestamp; null when none did.</summary>
    public long? HeardAt => Volatile.Read(ref _heardAt) is var at && at == Not ? null : at;

    /// <summary>Notes that the next step is waited for from now on; after a comment, from when it was before.</summary>
    public void Asks(long now)
    {
        Volatile.Write(ref _heardAt, _isComment ? now : Not);
        _asked = _isComment ? _asked : now;
        Volatile.Write(ref _waitingSince, _asked);
    }

    /// <summary>Notes the step that came; null when no more comes.</summary>
    public void Came(EngineEvent? step)
    {
        Volatile.Write(ref _waitingSince, Not);
        _isComment = step is EngineComment;
        IsStarted |= step is not (null or EngineComment);
        request.Came(step switch
        {
            EngineTokens tokens => tokens.Count,
            EnginePiece piece => piece.Count,
            EngineFinished finished => finished.Count,
            _ => 0,
        });
    }
}
