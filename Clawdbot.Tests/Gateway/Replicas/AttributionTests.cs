using System.Text.RegularExpressions;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed partial class AttributionTests
{
    private static readonly Dictionary<AttemptOutcome, Fault> Faults = new()
    {
        [AttemptOutcome.Completed] = Fault.None,
        [AttemptOutcome.HedgeLost] = Fault.None,
        [AttemptOutcome.ClientGone] = Fault.Client,
        [AttemptOutcome.Refused] = Fault.Client,
        [AttemptOutcome.DeadlineExceeded] = Fault.Client,
        [AttemptOutcome.Busy] = Fault.Backpressure,
        [AttemptOutcome.ConnectFailed] = Fault.ReplicaGone,
        [AttemptOutcome.Unproven] = Fault.ReplicaGone,
        [AttemptOutcome.ConnectionReset] = Fault.ReplicaGone,
        [AttemptOutcome.ReplicaLost] = Fault.ReplicaGone,
        [AttemptOutcome.FirstTokenTimeout] = Fault.ReplicaSick,
        [AttemptOutcome.StallTimeout] = Fault.ReplicaSick,
        [AttemptOutcome.Malformed] = Fault.ReplicaSick,
        [AttemptOutcome.EngineError] = Fault.ReplicaSick,
        [AttemptOutcome.ServerError] = Fault.ReplicaSick,
        [AttemptOutcome.IdentityMismatch] = Fault.Mismatch,
        [AttemptOutcome.ContinuationRefused] = Fault.Mismatch,
        [AttemptOutcome.Unsupported] = Fault.Mismatch,
        [AttemptOutcome.Diverged] = Fault.Mismatch,
    };

    [Fact]
    public void Every_outcome_is_somebodys_fault_or_nobodys() =>
        Assert.All(Enum.GetValues<AttemptOutcome>(), outcome => Assert.Equal(Faults[outcome], Attribution.Of(outcome)));

    [Fact]
    public void Every_outcome_has_a_name_of_its_own_made_of_its_words()
    {
        Assert.All(Enum.GetValues<AttemptOutcome>(), outcome =>
            Assert.Equal(Word().Replace(outcome.ToString(), "_$1").TrimStart('_').ToLowerInvariant(), Attribution.Name(outcome)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Attribution.Name((AttemptOutcome)(-1)));
    }

    [GeneratedRegex("([A-Z])")]
    private static partial Regex Word();
}
