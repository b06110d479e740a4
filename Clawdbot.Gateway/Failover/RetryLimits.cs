using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Failover;

/// <summary>How often one request may be moved, and what of it the retry budget pays. Moving off the dead is free; a request that kills them is <see cref="PoisonSuspicion"/>'s.</summary>
internal sealed class RetryLimits(FailoverOptions options, RetryBudget budget, ResponseState response)
{
    private int _retries;
    private int _tokens;

    /// <summary>Counts a failed attempt; says how the request ends when it was one too many, else null.</summary>
    /// <param name="result">The attempt.</param>
    /// <param name="next">What would follow.</param>
    /// <param name="isOut">The replica is out of rotation by now: whatever ended the attempt, it is one off the dead.</param>
    /// <param name="othersAreWell">Whether there is a replica with room against which nothing is held: the budget is for a fleet that fails as a whole.</param>
    public EndKind? Reached(AttemptResult result, AttemptKind next, bool isOut, Func<bool> othersAreWell)
    {
        var fruitful = response.Tokens > _tokens;
        _tokens = response.Tokens;
        var fault = Attribution.Of(result.Outcome);
        if (fault != Fault.ReplicaGone && !fruitful && !isOut && ++_retries > options.Retries)
            return EndKind.Failed;
        // Going on with what has begun does nothing twice, and an answer that somebody reads is not broken off to save work.
        var isPaid = fault == Fault.ReplicaSick && next == AttemptKind.Fresh && !isOut;
        return isPaid && !budget.TrySpend() && !othersAreWell() ? EndKind.BudgetSpent : null;
    }
}
