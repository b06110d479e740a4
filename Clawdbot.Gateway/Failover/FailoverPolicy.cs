using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>
/// Decides what a run does next: a pure function of its state, of how the last attempt ended, and of the fleet. Read it from top to
/// bottom; the first line that applies decides.
/// </summary>
/// <param name="options">Retries and waits.</param>
internal sealed class FailoverPolicy(FailoverOptions options)
{
    /// <summary>Number of failures without a token between them after which a run ends, of whatever kind they are.</summary>
    public const int MostFailures = 20;

    /// <summary>The most kinds of attempt that can be open to a run.</summary>
    public const int MostKinds = 4;

    /// <summary>
    /// How often an answer that has begun may be sent to replicas that turn out to be full; the limit on its wait comes sooner.
    /// </summary>
    public const int MostRejectionsOfContinuation = 100;

    /// <summary>How often a new answer may be sent to replicas that turn out to be full before its client gets an error.</summary>
    public const int MostRejections = 3;

    /// <summary>
    /// How many replicas a request is sent to that refuse it as beyond what they can do, before its client hears so: engines say that of
    /// many a request that none of them can serve.
    /// </summary>
    public const int MostUnsupported = 4;

    /// <summary>Decides what the run does next.</summary>
    /// <param name="state">The run.</param>
    /// <param name="outcome">
    /// How an attempt ended; null when none did: none was made yet, a wait is over, or the first token of the running one is late.
    /// </param>
    /// <param name="fleet">The fleet.</param>
    public FailoverDecision Decide(in FailoverState state, AttemptOutcome? outcome, in FleetView fleet)
    {
        if (outcome is not { } ended)
            return state.Running == 0 ? Next(state, fleet) : fleet.MayHedge ? FailoverDecision.Hedge : FailoverDecision.Listen;
        return Attribution.Of(ended) switch
        {
            _ when ended == AttemptOutcome.Completed => End(EndReason.Completed),
            Fault.Client when state is { OtherHasAnswer: true, Running: > 0 } => FailoverDecision.Listen,
            Fault.Client => End(ended switch
            {
                AttemptOutcome.ClientGone => EndReason.ClientGone,
                AttemptOutcome.DeadlineExceeded => EndReason.DeadlineExceeded,
                _ => EndReason.Refused,
            }),
            _ when state.Running > 0 => FailoverDecision.Listen, // the other attempt of a hedged request goes on
            _ when state.IsComplete => End(EndReason.Completed), // it broke after the last token
            Fault.None or Fault.Backpressure => Next(state, fleet),
            _ => AfterFailure(state, ended, fleet),
        };
    }

    /// <summary>
    /// Writes the kinds of attempt that are open to a run, best first, and returns how many they are: at most <see cref="MostKinds"/>.
    /// </summary>
    public static int Kinds(in FailoverState state, Span<AttemptKind> kinds)
    {
        var (count, mayContinue) = (0, state.Preference != ContinuationPreference.None);
        if (mayContinue && state.HasIds)
            kinds[count++] = AttemptKind.Exact;
        if (!state.IsCommitted)
            kinds[count++] = AttemptKind.Fresh; // the client has seen nothing, so the answer may differ
        var canReplay = state.IsCommitted && mayContinue && state is { IsRepeatable: true, HasDiverged: false };
        if (canReplay && state.ReplayIsQuick)
            kinds[count++] = AttemptKind.Replay;
        if (state is { IsCommitted: true, HasText: true, Preference: ContinuationPreference.Any })
            kinds[count++] = AttemptKind.Text;
        if (canReplay && !state.ReplayIsQuick)
            kinds[count++] = AttemptKind.Replay; // slow, but better than an error
        return count;
    }

    /// <summary>Decides after a replica failed while no other attempt is running.</summary>
    private FailoverDecision AfterFailure(in FailoverState state, AttemptOutcome outcome, in FleetView fleet)
    {
        var next = Next(state, fleet);
        if (next.Action == FailoverAction.End)
            return next;
        if (state.Retries > options.Retries)
            return Broken(state, EndReason.Failed);
        // Continuing an answer or moving off a dead replica repeats no work that could be saved: only beginning anew is paid for.
        if (Attribution.Of(outcome) != Fault.ReplicaSick || next.Kind != AttemptKind.Fresh || state.ReplicaIsOut)
            return next;
        return fleet.BudgetLeft || fleet.OthersAreWell ? next with { IsPaid = true } : Broken(state, EndReason.BudgetSpent);
    }

    /// <summary>Decides while no attempt is running: an attempt of the best kind for which there is a replica, or a wait for one.</summary>
    private FailoverDecision Next(in FailoverState state, in FleetView fleet)
    {
        if (state.IsQuarantined)
            return Broken(state, EndReason.Quarantined);
        if (state.Failures > MostFailures || state.Rejections > MostRejectionsOfContinuation)
            return Broken(state, EndReason.Failed);
        if (state is { Unsupported: >= MostUnsupported, IsCommitted: false })
            return End(EndReason.Refused);
        if (Best(state, fleet) is not { } kind)
        {
            return End(state is { Unsupported: > 0, IsCommitted: false } ? EndReason.Refused
                : state is { Preference: ContinuationPreference.Exact, HasText: true } ? EndReason.CannotContinueExactly
                : EndReason.CannotContinue);
        }
        return fleet.For(kind) switch
        {
            Availability.Ready => FailoverDecision.Attempt(kind),
            // An answer that has begun keeps its place while it waits; a new one gives it back.
            Availability.Busy when kind != AttemptKind.Fresh => WaitFor(kind, state, options.ReplicaWaitSeconds, EndReason.Saturated),
            _ when state.Rejections >= MostRejections && kind == AttemptKind.Fresh => End(EndReason.Saturated),
            Availability.Busy when Left(state, options.ReplicaWaitSeconds) is var left
                && (left <= TimeSpan.Zero || (!fleet.MayOpenAnyTime && fleet.RetryAfter > left && fleet.MayReopenWithin is null)) =>
                End(EndReason.Saturated),
            Availability.Busy when !fleet.MayOpenAnyTime && fleet.MayReopenWithin < Left(state, options.ReplicaWaitSeconds) =>
                FailoverDecision.Requeue(kind, fleet.MayReopenWithin!.Value),
            Availability.Busy => FailoverDecision.Requeue(kind, Left(state, options.ReplicaWaitSeconds)),
            _ when state is { Unsupported: > 0, IsCommitted: false } && !fleet.IsReturning =>
                WaitFor(kind, state, options.ContinuationWaitSeconds, EndReason.Refused),
            _ when state.IsCommitted && !fleet.IsReturning => WaitFor(kind, state, options.ContinuationWaitSeconds, EndReason.NoReplica),
            _ => WaitFor(kind, state, options.ReplicaWaitSeconds, EndReason.NoReplica),
        };
    }

    /// <summary>
    /// The first kind for which a replica is in rotation, else the first for which one may come back; null when there is no such kind.
    /// </summary>
    private static AttemptKind? Best(in FailoverState state, in FleetView fleet)
    {
        AttemptKind? away = null;
        Span<AttemptKind> kinds = stackalloc AttemptKind[MostKinds];
        foreach (var kind in kinds[..Kinds(state, kinds)])
        {
            switch (fleet.For(kind))
            {
                case Availability.Ready or Availability.Busy:
                    return kind;
                case Availability.Away:
                case Availability.None when kind == AttemptKind.Fresh && state.Unsupported == 0: // such a replica may join the fleet
                    away ??= kind;
                    break;
            }
        }
        return away;
    }

    private static FailoverDecision WaitFor(AttemptKind kind, in FailoverState state, int seconds, EndReason over) =>
        Left(state, seconds) is var left && left > TimeSpan.Zero ? FailoverDecision.Wait(kind, left) : Broken(state, over);

    private static TimeSpan Left(in FailoverState state, int seconds) => TimeSpan.FromSeconds(seconds) - state.Waited;

    /// <summary>Ends the run: for <paramref name="reason"/>, or because the answer can't go on if the client has seen part of it.</summary>
    private static FailoverDecision Broken(in FailoverState state, EndReason reason) =>
        End(state.IsCommitted ? EndReason.CannotContinue : reason);

    private static FailoverDecision End(EndReason reason) => FailoverDecision.End(reason);
}
