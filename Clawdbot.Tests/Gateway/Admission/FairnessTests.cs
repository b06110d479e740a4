using Clawdbot.Gateway.Admission;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Between tenants of one class.</summary>
public sealed class FairnessTests
{
    [Fact]
    public async Task A_long_queue_of_one_tenant_is_not_before_the_first_request_of_another()
    {
        var harness = new AdmissionHarness(places: 4);
        await harness.ComeAsync("flood", 24);
        await harness.ComeAsync("quiet");

        Assert.Equal("quiet", await harness.GoAsync());
        Assert.Equal("flood", await harness.GoAsync());
    }

    [Fact]
    public async Task Alone_one_tenant_has_every_place()
    {
        var harness = new AdmissionHarness(places: 20);
        await harness.ComeAsync("flood", 25);

        Assert.Equal((20, 5), (harness.Held("flood"), harness.Waiting.Count));
    }

    [Fact]
    public async Task Who_wants_a_place_besides_a_flood_finds_a_free_one()
    {
        var harness = new AdmissionHarness(places: 20);
        await harness.ComeAsync("quiet");
        await harness.GoAsync();
        await harness.ComeAsync("flood", 25);
        Assert.Equal((18, 7), (harness.Held("flood"), harness.Waiting.Count));

        await harness.ComeAsync("quiet", 2);
        Assert.Equal(2, harness.Held("quiet"));
        await harness.GoAsync("quiet");
        Assert.Equal((18, 1), (harness.Held("flood"), harness.Held("quiet"))); // it is kept for the next one

        await harness.GoAsync("quiet");
        harness.Time.Advance(TimeSpan.FromSeconds(61)); // nobody else for a minute
        await harness.ComeAsync("flood");
        Assert.Equal(20, harness.Held("flood"));
    }

    [Fact]
    public async Task A_second_flood_soon_has_half_of_the_places()
    {
        var harness = new AdmissionHarness(places: 8);
        await harness.ComeAsync("one", 40);
        await harness.ComeAsync("other", 40);
        for (var i = 0; i < 8; i++)
            await harness.GoAsync("one");

        Assert.Equal((4, 4), (harness.Held("one"), harness.Held("other")));
        for (var i = 0; i < 20; i++)
            await harness.GoAsync(i % 2 == 0 ? "one" : "other");
        Assert.Equal((4, 4), (harness.Held("one"), harness.Held("other")));
    }

    [Fact]
    public async Task Three_times_the_share_is_three_times_the_places()
    {
        var harness = new AdmissionHarness(places: 8);
        await harness.ComeAsync("large", 60, share: 3);
        await harness.ComeAsync("small", 60);
        for (var i = 0; i < 30; i++)
            await harness.GoAsync();

        Assert.Equal((6, 2), (harness.Held("large"), harness.Held("small")));
    }

    [Fact]
    public async Task Of_those_who_hold_the_same_who_has_used_least_goes_next()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.ComeAsync("long", 30);
        await harness.ComeAsync("short", 30);
        var (longs, shorts) = (0.0, 0.0);
        for (var i = 0; i < 30; i++)
        {
            var isLong = harness.Inside[0].Who == "long";
            harness.Time.Advance(TimeSpan.FromSeconds(isLong ? 4 : 1));
            (longs, shorts) = (longs + (isLong ? 4 : 0), shorts + (isLong ? 0 : 1));
            await harness.GoAsync();
        }

        Assert.InRange(longs - shorts, -5, 5);
    }

    [Fact]
    public async Task Who_was_away_has_saved_nothing_up()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.ComeAsync("steady");
        harness.Time.Advance(TimeSpan.FromSeconds(1000)); // the fleet was its own
        await harness.GoAsync();
        await harness.ComeAsync("steady", 21);
        await harness.ComeAsync("newcomer", 20);
        var turns = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            turns.Add(harness.Inside[0].Who);
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await harness.GoAsync();
        }

        Assert.InRange(turns.Count(t => t == "newcomer"), 9, 11);
    }

    [Fact]
    public Task In_any_order_of_coming_and_going_no_place_is_lost_or_given_twice_and_all_get_in_at_last() =>
        Gen.Select(Gen.Int[1, 30], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 20]).Array[1, 80])
            .SampleAsync(async (places, steps) =>
        {
            var harness = new AdmissionHarness(places);
            foreach (var (step, tenant, priority, seconds) in steps)
            {
                if (step < 2)
                    await harness.ComeAsync($"tenant-{tenant}", 1, (Clawdbot.Gateway.Auth.Priority)priority, share: 1 + tenant);
                else if (harness.Inside.Count > 0)
                    await harness.GoAsync();
                harness.Time.Advance(TimeSpan.FromMilliseconds(seconds * 50));

                Assert.InRange(harness.Inside.Count, 0, places);
                Assert.Equal((harness.Inside.Count, harness.Waiting.Count), (harness.Queue.Active, harness.Queue.Queued));
                // Nobody waits where there is more than the reserve.
                Assert.True(harness.Waiting.Count == 0
                    || places - harness.Inside.Count <= (int)Math.Round(places * 0.1, MidpointRounding.AwayFromZero));
            }
            while (harness.Inside.Count > 0)
                await harness.GoAsync();
            Assert.Equal((0, 0, 0), (harness.Waiting.Count, harness.Queue.Active, harness.Refused.Count));
        }, iter: 100);
}
