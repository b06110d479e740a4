using Clawdbot.Gateway.Auth;
using Clawdbot.InferenceShim.Quotas;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Admission.Quotas;

/// <summary>Two gateways and the shim that divides limits between them.</summary>
public sealed class SharedLimitTests : IDisposable
{
    private static readonly Quota Requests = new(0, 100, 0);
    private static readonly Quota Concurrent = new(10, 0, 0);

    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly QuotaShares _shim;
    private readonly LimitedGateway _one;
    private readonly LimitedGateway _other;

    public SharedLimitTests()
    {
        _shim = new QuotaShares(_time);
        (_one, _other) = (new LimitedGateway("one", _shim, _time), new LimitedGateway("other", _shim, _time));
        Exchange(2);
    }

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_flood_at_both_gets_the_limit_and_not_twice()
    {
        for (var i = 0; i < 5; i++)
        {
            _one.Flood(Requests, 200);
            _other.Flood(Requests, 200);
            Exchange(1);
        }

        Assert.Equal((50, 50), (_one.Admitted, _other.Admitted));
    }

    [Fact]
    public void Where_nothing_was_used_a_client_that_comes_to_both_in_turn_is_never_refused_within_its_limit()
    {
        var quota = new Quota(1, 4, 1000);
        for (var i = 0; i < 4; i++)
        {
            var gateway = i % 2 == 0 ? _one : _other;
            Assert.Null(gateway.Enter(quota, tokens: 200).Excess);
            gateway.End();
            Exchange(1);
        }

        Assert.Equal(QuotaKind.Requests, _one.Enter(quota, tokens: 200).Excess!.Kind);
    }

    [Fact]
    public void A_request_larger_than_a_part_comes_in_where_nothing_was_used_and_one_larger_than_the_limit_too()
    {
        Assert.Null(_one.Enter(new Quota(0, 0, 1000), tokens: 900).Excess);
        Assert.Null(_other.Enter(new Quota(0, 0, 1000), tokens: 5000, tenant: "large").Excess);
        Exchange(2);

        Assert.NotNull(_other.Enter(new Quota(0, 0, 1000), tokens: 900).Excess);
        Assert.NotNull(_one.Enter(new Quota(0, 0, 1000), tokens: 5000, tenant: "large").Excess);
    }

    [Fact]
    public void What_another_gateway_used_is_in_the_headers_and_in_the_time_to_come_again()
    {
        _time.Advance(TimeSpan.FromSeconds(15));
        for (var i = 0; i < 5; i++)
        {
            _one.Flood(Requests, 200);
            Exchange(1);
        }
        Assert.InRange(_one.Admitted, 90, 100);
        _other.Flood(Requests, 10);
        Exchange(1);

        var refused = _other.Enter(Requests);
        Assert.Equal(0, refused.Requests!.Value.Remaining);
        // The window turns in 45 s, and from then on what was used in it counts less and less.
        Assert.InRange(refused.Excess!.RetryAfterSeconds, 40, 50);
        Assert.InRange(refused.Requests!.Value.ResetSeconds, 100, 120);

        _time.Advance(TimeSpan.FromSeconds(refused.Excess.RetryAfterSeconds + 2));
        Exchange(2);
        Assert.Null(_other.Enter(Requests).Excess);
    }

    [Fact]
    public void Room_that_another_gateway_has_comes_with_the_next_exchanges_and_is_promised_in_a_second()
    {
        _one.Flood(Requests, 100);
        var refused = _one.Enter(Requests);
        Assert.Equal((50, 1), (refused.Requests!.Value.Remaining, refused.Excess!.RetryAfterSeconds));

        for (var i = 0; i < 3; i++)
        {
            _one.Enter(Requests); // it comes again
            Exchange(1);
        }
        Assert.Null(_one.Enter(Requests).Excess);
    }

    [Fact]
    public void A_gateway_that_dies_gives_its_requests_under_way_back_at_once_and_what_it_used_in_the_minute_when_that_is_over()
    {
        for (var i = 0; i < 4; i++)
        {
            _other.Flood(Requests, 200);
            _other.Flood(Concurrent, 20, tenant: "c");
            Exchange(1);
        }
        Assert.Equal(0, _one.Flood(Concurrent, 20, tenant: "c") / 2); // at most the one that is kept for it
        var used = _other.Admitted;

        _other.Dispose();
        Assert.Equal(2, _shim.Gateways);
        for (var i = 0; i < 3; i++)
        {
            _one.Exchange();
            _one.Flood(Concurrent, 20, tenant: "c");
            _one.Flood(Requests, 200);
        }
        Assert.InRange(_one.Admitted + used, 10 + 100 + 8, 10 + 100 + 11); // 10 under way here, 100 in the minute, those of the dead one

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, _shim.Gateways);
    }

    [Fact]
    public void A_gateway_that_comes_to_one_that_used_everything_gets_nothing()
    {
        var shim = new QuotaShares(_time);
        var first = new LimitedGateway("first", shim, _time);
        Assert.Equal(100, first.Flood(Requests, 200)); // alone

        var second = new LimitedGateway("second", shim, _time);
        second.Exchange(); // the first one has told nothing yet
        Assert.InRange(second.Flood(Requests, 200), 0, 100 / 16 + 1);
        first.Exchange();
        second.Exchange();

        Assert.Equal(0, second.Flood(Requests, 200));
    }

    [Fact]
    public void A_gateway_that_was_alone_goes_on_while_another_one_starts()
    {
        var shim = new QuotaShares(_time);
        var first = new LimitedGateway("first", shim, _time);
        Assert.Equal(60, first.Flood(Requests, 60));

        var second = new LimitedGateway("second", shim, _time);
        Assert.Equal(1, first.Flood(Requests, 1));
        first.Exchange();
        Assert.Equal(1, first.Flood(Requests, 1)); // the second one has told nothing yet
        second.Exchange();
        first.Exchange();
        Assert.Equal(1, first.Flood(Requests, 1));
    }

    [Fact]
    public void Without_answers_each_takes_an_equal_part_and_the_shim_takes_it_to_have_that()
    {
        for (var i = 0; i < 4; i++)
        {
            _one.Flood(Requests, 20);
            Exchange(1);
        }
        _time.Advance(TimeSpan.FromSeconds(5));
        _one.Receive(null); // nobody answers the first one

        var before = _one.Admitted;
        _one.Flood(Requests, 200);
        Assert.Equal(Math.Max(before, 50), _one.Admitted);
        for (var i = 0; i < 4; i++)
        {
            _other.Flood(Requests, 200);
            _other.Exchange();
        }
        Assert.InRange(_one.Admitted + _other.Admitted, 80, 101);
    }

    [Fact]
    public void Of_more_limits_than_are_told_each_gateway_takes_an_equal_part()
    {
        var quota = new Quota(0, 10, 0);
        for (var i = 0; i < 300; i++)
            _one.Enter(quota, tenant: $"tenant {i}");
        var nearest = Enumerable.Range(0, 5).Count(_ => _one.Enter(quota, tenant: "tenant 299").Excess is null);

        var told = _one.Send()!;
        Assert.Equal(QuotaReport.Most, told.Limits.Count);
        Assert.Contains(told.Limits, l => l.Tenant == "tenant 299");
        _one.Receive(told);
        Assert.InRange(nearest, 4, 5);
        Assert.Equal(5 - 1, Enumerable.Range(0, 20).Count(_ => _one.Enter(quota, tenant: "tenant 298").Excess is null));
    }

    [Fact]
    public void Where_nobody_uses_limits_nothing_is_told()
    {
        Assert.Empty(_one.Send()!.Limits);

        _one.Enter(Requests);
        Exchange(1);
        Assert.NotEmpty(_other.Send()!.Limits);

        _time.Advance(TimeSpan.FromMinutes(3));
        Exchange(3);
        Assert.Empty(_one.Send()!.Limits);
    }

    private void Exchange(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _one.Exchange();
            _other.Exchange();
        }
    }
}
