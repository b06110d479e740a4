using Clawdbot.Gateway.Failover;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Failover;

public sealed class RetryBudgetTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_quiet_gateway_may_retry_a_little_and_again_later()
    {
        var budget = Budget(percent: 20, floor: 3);

        Assert.Equal(3, Spent(budget));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, Spent(budget)); // all but a trace is there again
    }

    [Fact]
    public void Hedges_leave_half_of_the_floor_to_what_failed()
    {
        var budget = Budget(percent: 20, floor: 10);
        var hedges = 0;
        while (budget.TrySpend(isHedge: true))
            hedges++;

        Assert.Equal(5, hedges);
        Assert.Equal(5, Spent(budget));
    }

    [Fact]
    public void Traffic_adds_its_share_and_no_more()
    {
        var budget = Budget(percent: 20, floor: 0);
        for (var i = 0; i < 100; i++)
            budget.RequestCame();

        Assert.Equal(20, Spent(budget));
    }

    [Fact]
    public void However_many_fail_retries_stay_a_share_of_the_traffic()
    {
        var budget = Budget(percent: 20, floor: 10);
        var retries = 0;
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 100; i++)
            {
                budget.RequestCame();
                retries += budget.TrySpend() ? 1 : 0;
            }
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(retries, 1000, 1200 + 10 + 60); // 6,000 requests, and the floor, which comes again every ten seconds
    }

    [Fact]
    public void What_was_saved_up_in_good_times_is_forgotten()
    {
        var budget = Budget(percent: 20, floor: 1);
        for (var i = 0; i < 10_000; i++)
            budget.RequestCame();
        _time.Advance(TimeSpan.FromMinutes(3));

        Assert.InRange(budget.Left, 1, 1.1);
    }

    private RetryBudget Budget(int percent, int floor) =>
        new(Options.Create(new FailoverOptions { RetryBudgetPercent = percent, RetryBudgetFloor = floor }), SomeMetrics.New(), _time);

    private static int Spent(RetryBudget budget)
    {
        var spent = 0;
        while (budget.TrySpend())
            spent++;
        return spent;
    }
}
