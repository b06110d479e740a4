using Clawdbot.Gateway.Admission.Quotas;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Replicas;
using Clawdbot.Gateway.SharedStore;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Gateway.Admission.Quotas;

public sealed class TenantQuotasTests
{
    private readonly ManualTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly TenantQuotas _quotas;

    public TenantQuotasTests() => _quotas = new TenantQuotas(
        new LocalStore(Options.Create(new SharedStoreOptions()), _time), () => LimitSharing.Alone, _time);

    [Fact]
    public async Task Without_limits_nothing_is_counted()
    {
        Assert.Equal(default, await _quotas.EnterAsync(new Caller("t", false), new PromptSize(10, 0), null));
        Assert.Empty(_quotas.Uses);
    }

    [Fact]
    public async Task So_many_may_be_under_way_at_once()
    {
        var quota = new Quota(2, 0, 0);
        var first = await EnterAsync(quota);
        await EnterAsync(quota);

        var third = await EnterAsync(quota);
        Assert.Equal(new QuotaExcess(QuotaKind.Concurrent, 2, 1), third.Excess);
        Assert.Null((await EnterAsync(quota, tenant: "other")).Excess);

        first.QuotaUse!.Dispose();
        first.QuotaUse.Dispose(); // twice is once
        Assert.Null((await EnterAsync(quota)).Excess);
        Assert.NotNull((await EnterAsync(quota)).Excess);
    }

    [Fact]
    public async Task So_many_may_come_in_a_minute_and_the_rest_is_told_when_to_come_again()
    {
        var quota = new Quota(0, 3, 0);
        for (var left = 2; left >= 0; left--)
            Assert.Equal(left, (await EnterAsync(quota)).Requests!.Value.Remaining);

        _time.Advance(TimeSpan.FromSeconds(15));
        var refused = await EnterAsync(quota);
        Assert.Equal((QuotaKind.Requests, 3), (refused.Excess!.Kind, refused.Excess.Limit));
        Assert.Equal(new QuotaLeft(3, 0, 105), refused.Requests);
        for (var i = 0; i < 10; i++)
            await EnterAsync(quota); // turned away, and not counted

        _time.Advance(TimeSpan.FromSeconds(refused.Excess.RetryAfterSeconds - 2));
        Assert.NotNull((await EnterAsync(quota)).Excess);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null((await EnterAsync(quota)).Excess);
    }

    [Fact]
    public async Task Tokens_are_estimated_at_first_and_charged_at_the_end()
    {
        var quota = new Quota(0, 0, 1000);
        var entry = await EnterAsync(quota, prompt: 300, maxTokens: 50);
        Assert.Equal(650, entry.Tokens!.Value.Remaining);

        entry.QuotaUse!.Used(280, 420);
        entry.QuotaUse.Dispose();
        Assert.Equal(700, Tokens());

        var refused = await EnterAsync(quota, prompt: 300, maxTokens: 50);
        Assert.Equal((QuotaKind.Tokens, 1000), (refused.Excess!.Kind, refused.Excess.Limit));
        Assert.Equal(700, Tokens());
        Assert.Null((await EnterAsync(quota, prompt: 200, maxTokens: 50)).Excess);
    }

    [Fact]
    public async Task What_is_not_answered_costs_nothing()
    {
        var entry = await EnterAsync(new Quota(0, 0, 1000), prompt: 300);
        Assert.NotEqual(0, Tokens());

        entry.QuotaUse!.Dispose();
        Assert.Equal(0, Tokens());
    }

    [Fact]
    public async Task How_long_an_answer_gets_is_learnt_from_the_last_ones()
    {
        var quota = new Quota(0, 0, 1_000_000);
        for (var i = 0; i < 100; i++)
        {
            using var quotaUse = (await EnterAsync(quota)).QuotaUse!;
            quotaUse.Used(0, 40);
        }

        var before = Tokens();
        await EnterAsync(quota, prompt: 7);
        Assert.InRange(Tokens() - before, 46, 48);
    }

    [Fact]
    public async Task A_request_larger_than_the_limit_comes_in_where_nothing_else_was_used()
    {
        var quota = new Quota(0, 0, 100);
        var large = await EnterAsync(quota, prompt: 500);
        Assert.Null(large.Excess);
        large.QuotaUse!.Used(500, 10);
        large.QuotaUse.Dispose();

        Assert.NotNull((await EnterAsync(quota, prompt: 500)).Excess);
        Assert.NotNull((await EnterAsync(quota, prompt: 1, maxTokens: 1)).Excess);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null((await EnterAsync(quota, prompt: 500)).Excess);
    }

    [Fact]
    public async Task Who_is_turned_away_by_one_limit_counts_for_none()
    {
        var quota = new Quota(2, 1, 0);
        await EnterAsync(quota);
        Assert.Equal(QuotaKind.Requests, (await EnterAsync(quota)).Excess!.Kind);
        Assert.Equal(QuotaKind.Requests, (await EnterAsync(quota)).Excess!.Kind); // and not Concurrent

        Assert.Equal(1, Assert.Single(_quotas.Uses).Held.Number);
    }

    private long Tokens()
    {
        var limits = new List<ReportedLimit>();
        Assert.Single(_quotas.Uses).Report(limits, LimitSharing.Alone, _time.GetMonotonicTime());
        return limits.Where(l => l.Kind == QuotaKind.Tokens).Select(l => l.Used.Current).SingleOrDefault();
    }

    private ValueTask<QuotaEntry> EnterAsync(Quota quota, int prompt = 1, int? maxTokens = null, string tenant = "t") => _quotas.EnterAsync(
        new Caller(tenant, false) { Allowance = new Allowance(Priority.Normal, Priority.Normal, Quota: quota) }, new PromptSize(prompt, 0),
        maxTokens);
}
