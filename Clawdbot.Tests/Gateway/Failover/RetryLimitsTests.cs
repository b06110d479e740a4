using Clawdbot.Gateway.Failover;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Gateway.Forwarding;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class RetryLimitsTests
{
    private static readonly FailoverOptions NoBudget = new() { RetryBudgetPercent = 0, RetryBudgetFloor = 0 };

    [Theory]
    [InlineData("ServerError")]
    [InlineData("FirstTokenTimeout")]
    [InlineData("Malformed")]
    public void What_would_be_begun_anew_after_a_failure_is_paid_from_the_budget(string outcome) =>
        Assert.Equal(EndKind.BudgetSpent, Limits(NoBudget).Reached(Result(outcome), AttemptKind.Fresh, isOut: false, () => false));

    [Fact]
    public void Where_another_replica_is_well_and_has_room_it_is_made_on_credit() =>
        Assert.Null(Limits(NoBudget).Reached(Result("ServerError"), AttemptKind.Fresh, isOut: false, () => true));

    [Theory]
    [InlineData("ConnectionReset", "Fresh", false)]
    [InlineData("ReplicaLost", "Fresh", false)]
    [InlineData("ServerError", "Fresh", true)] // by now nobody is sent there any more
    [InlineData("StallTimeout", "Exact", false)]
    [InlineData("StallTimeout", "Replay", false)]
    [InlineData("StallTimeout", "Text", false)]
    [InlineData("Diverged", "Text", false)]
    public void Moving_off_the_dead_and_going_on_are_free(string outcome, string next, bool isOut) =>
        Assert.Null(Limits(NoBudget).Reached(Result(outcome), Enum.Parse<AttemptKind>(next), isOut, () => false));

    [Fact]
    public void One_request_is_retried_only_so_often_whatever_the_budget_is()
    {
        var limits = Limits(new FailoverOptions { Retries = 3 });
        for (var i = 0; i < 3; i++)
            Assert.Null(limits.Reached(Result("ServerError"), AttemptKind.Fresh, isOut: false, () => false));

        Assert.Equal(EndKind.Failed, limits.Reached(Result("ServerError"), AttemptKind.Fresh, isOut: false, () => false));
    }

    private static RetryLimits Limits(FailoverOptions options) => new(options,
        new RetryBudget(Options.Create(options), SomeMetrics.New(), new ManualTimeProvider()), SomeResponse.Of(SomeResponse.Request()));

    private static AttemptResult Result(string outcome) => new(Enum.Parse<AttemptOutcome>(outcome)) { Progress = new AttemptProgress(0) };
}
