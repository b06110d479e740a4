using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// What a decision needs to know of one run: facts of its answer, and what was tried. <see cref="FailoverRun"/> keeps the current one.
/// </summary>
internal readonly record struct FailoverState
{
    /// <summary>What the client allows after the first byte.</summary>
    public ContinuationPreference Preference { get; init; }

    /// <summary>The client has seen some of the answer.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Every choice has its finish reason: nothing is missing any more.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Attempts that run: 0, 1, or 2 while it is hedged.</summary>
    public int Running { get; init; }

    /// <summary>One of those that run has had the first token: the answer is its own.</summary>
    public bool OtherHasAnswer { get; init; }

    /// <summary>The engine continues by token ids, there are some, and they say all that was generated.</summary>
    public bool HasIds { get; init; }

    /// <summary>The engine continues by text, and text is all that was generated.</summary>
    public bool HasText { get; init; }

    /// <summary>The engine repeats an answer with the same seed, and what the client has can be compared with it.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>An engine was asked to repeat the answer and generated another one.</summary>
    public bool HasDiverged { get; init; }

    /// <summary>Generating again what the client has takes no longer than it may be kept waiting.</summary>
    public bool ReplayIsQuick { get; init; }

    /// <summary>It was proven that replicas die of this request, here or by another gateway.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>The replica of the last attempt is out of rotation by now, whatever ended the attempt.</summary>
    public bool ReplicaIsOut { get; init; }

    /// <summary>Attempts without a token that ended by a failure of a replica that still stands.</summary>
    public int Retries { get; init; }

    /// <summary>Failures in a row of any kind, without a token between them.</summary>
    public int Failures { get; init; }

    /// <summary>How often it was told that a replica is full, without a token between them.</summary>
    public int Rejections { get; init; }

    /// <summary>How long it has waited for a replica since its last token.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>The state after an attempt that ended.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="madeProgress">Whether it brought a token that the client did not have.</param>
    /// <param name="replicaIsOut">Whether its replica is out of rotation by now.</param>
    public FailoverState After(AttemptOutcome outcome, bool madeProgress, bool replicaIsOut)
    {
        var since = madeProgress ? this with { Failures = 0, Rejections = 0, Waited = TimeSpan.Zero } : this;
        since = since with { ReplicaIsOut = replicaIsOut };
        return Attribution.Of(outcome) switch
        {
            Fault.Backpressure => since with { Rejections = since.Rejections + 1 },
            Fault.ReplicaSick or Fault.Mismatch => since with
            {
                Failures = since.Failures + 1,
                // Who refused to continue is not asked again: that needs no other bound.
                Retries = since.Retries + (madeProgress || replicaIsOut || outcome == AttemptOutcome.ContinuationRefused ? 0 : 1),
                HasDiverged = since.HasDiverged || outcome == AttemptOutcome.Diverged,
            },
            _ => since with { Failures = since.Failures + 1 },
        };
    }
}
