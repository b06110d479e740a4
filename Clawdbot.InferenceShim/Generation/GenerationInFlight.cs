using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>One generation as seen from here. Written by the one that reads its steps, read by the liveness monitor.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="isCanary">Nobody's but the shim's own.</param>
/// <param name="entry">How many had begun, this one included.</param>
/// <param name="cameAlone">No other was there.</param>
internal sealed class GenerationInFlight(EngineRequest request, bool isCanary, long entry, bool cameAlone)
{
    private const long Not = long.MinValue;

    private long _waitingSince = Not;

    public EngineRequest Request => request;

    public bool IsCanary => isCanary;

    /// <summary>How many had begun when it did, itself included.</summary>
    public long Entry => entry;

    /// <summary>When it began, as a timestamp.</summary>
    public long BeganAt { get; init; }

    /// <summary>The engine has ended it, well or not: else it is given up.</summary>
    public bool IsOver { get; set; }

    /// <summary>No other was there when it began.</summary>
    public bool CameAlone => cameAlone;

    /// <summary>Of one that the engine failed: no other client's was there from its beginning to its end.</summary>
    public bool WasAlone { get; set; }

    /// <summary>Tokens so far, or pieces.</summary>
    public int Tokens => request.Generated;

    /// <summary>
    /// Since when the engine is waited for, as a timestamp; null while it is not: whoever reads the answer is slow then, not the engine.
    /// </summary>
    public long? WaitingSince => Volatile.Read(ref _waitingSince) is var since && since == Not ? null : since;

    /// <summary>The next step is wanted.</summary>
    public void Asks(long now) => Volatile.Write(ref _waitingSince, now);

    /// <summary>It came, or nothing comes any more.</summary>
    public void Came(EngineEvent? step)
    {
        Volatile.Write(ref _waitingSince, Not);
        request.Came(step switch
        {
            EngineTokens tokens => tokens.Count,
            EnginePiece => 1,
            EngineFinished finished => finished.Count,
            _ => 0,
        });
    }
}
