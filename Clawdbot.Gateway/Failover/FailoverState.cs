using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// What a decision needs to know of one run: facts of its answer, and what was tried. <see cref="FailoverRun"/> keeps the current one.
/// </summary>
internal readonly record struct FailoverState
{
    /// <summary>How the client lets a broken answer be continued.</summary>
    public ContinuationPreference Preference { get; init; }

    /// <summary>Whether the client has seen some of the answer.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Whether every choice has its finish reason: nothing is missing any more.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Number of attempts that run: 0, 1, or 2 while the request is hedged.</summary>
    public int Running { get; init; }

    /// <summary>Whether an attempt that runs has had the first token, so that the answer comes from it.</summary>
    public bool OtherHasAnswer { get; init; }

    /// <summary>Whether the engine continues by token ids, there are some, and they are all that was generated.</summary>
    public bool HasIds { get; init; }

    /// <summary>Whether the engine continues by text, and text is all that was generated.</summary>
    public bool HasText { get; init; }

    /// <summary>Whether the engine repeats an answer with the same seed, and what the client has can be compared with it.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether an engine was asked to repeat the answer and generated another one.</summary>
    public bool HasDiverged { get; init; }

    /// <summary>Whether generating again what the client has takes no longer than the client may be kept waiting.</summary>
    public bool ReplayIsQuick { get; init; }

    /// <summary>
    /// How many replicas have refused it as beyond what they can do; after the first only one that can do more will do.
    /// </summary>
    public int Unsupported { get; init; }

    /// <summary>Whether it was proven, here or by another gateway, that this request kills replicas.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>Whether the replica of the last attempt is out of rotation by now, whatever ended the attempt.</summary>
    public bool ReplicaIsOut { get; init; }

    /// <summary>Number of attempts without a token that ended by a failure of a replica that still stands.</summary>
    public int Retries { get; init; }

    /// <summary>Number of failures of any kind in a row, without a token between them.</summary>
    public int Failures { get; init; }

    /// <summary>How often a replica turned it away because it is full, without a token between them.</summary>
    public int Rejections { get; init; }

    /// <summary>How long the request has waited for a replica since its last token.</summary>
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
                // A replica that refused is not asked again, so the number of refusals is bounded already.
                Retries = since.Retries + (madeProgress || replicaIsOut
                    || outcome is AttemptOutcome.ContinuationRefused or AttemptOutcome.Unsupported
                    ? 0
                    : 1),
                Unsupported = since.Unsupported + (outcome == AttemptOutcome.Unsupported ? 1 : 0),
                HasDiverged = since.HasDiverged || outcome == AttemptOutcome.Diverged,
            },
            _ => since with { Failures = since.Failures + 1 },
        };
    }
}
