using Clawdbot.Gateway.Admission;
using CsCheck;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Between tenants of one class.</summary>
public sealed class FairnessTests
{
    [Fact]
    public async Task A_long_queue_of_one_tenant_is_not_before_the_first_request_of_another()
    {
        var door = new Door(places: 4);
        await door.ComeAsync("flood", 24);
        await door.ComeAsync("quiet");

        Assert.Equal("quiet", await door.GoAsync());
        Assert.Equal("flood", await door.GoAsync());
    }

    [Fact]
    public async Task Alone_one_tenant_has_every_place()
    {
        var door = new Door(places: 20);
        await door.ComeAsync("flood", 25);

        Assert.Equal((20, 5), (door.Held("flood"), door.Waiting.Count));
    }

    [Fact]
    public async Task Who_wants_a_place_besides_a_flood_finds_a_free_one()
    {
        var door = new Door(places: 20);
        await door.ComeAsync("quiet");
        await door.GoAsync();
        await door.ComeAsync("flood", 25);
        Assert.Equal((18, 7), (door.Held("flood"), door.Waiting.Count));

        await door.ComeAsync("quiet", 2);
        Assert.Equal(2, door.Held("quiet"));
        await door.GoAsync("quiet");
        Assert.Equal((18, 1), (door.Held("flood"), door.Held("quiet"))); // it is kept for the next one

        await door.GoAsync("quiet");
        door.Time.Advance(TimeSpan.FromSeconds(61)); // nobody else for a minute
        await door.ComeAsync("flood");
        Assert.Equal(20, door.Held("flood"));
    }

    [Fact]
    public async Task A_second_flood_soon_has_half_of_the_places()
    {
        var door = new Door(places: 8);
        await door.ComeAsync("one", 40);
        await door.ComeAsync("other", 40);
        for (var i = 0; i < 8; i++)
            await door.GoAsync("one");

        Assert.Equal((4, 4), (door.Held("one"), door.Held("other")));
        for (var i = 0; i < 20; i++)
            await door.GoAsync(i % 2 == 0 ? "one" : "other");
        Assert.Equal((4, 4), (door.Held("one"), door.Held("other")));
    }

    [Fact]
    public async Task Three_times_the_share_is_three_times_the_places()
    {
        var door = new Door(places: 8);
        await door.ComeAsync("large", 60, share: 3);
        await door.ComeAsync("small", 60);
        for (var i = 0; i < 30; i++)
            await door.GoAsync();

        Assert.Equal((6, 2), (door.Held("large"), door.Held("small")));
    }

    [Fact]
    public async Task Of_those_who_hold_the_same_who_has_used_least_goes_next()
    {
        var door = new Door(places: 1);
        await door.ComeAsync("long", 30);
        await door.ComeAsync("short", 30);
        var (longs, shorts) = (0.0, 0.0);
        for (var i = 0; i < 30; i++)
        {
            var isLong = door.Inside[0].Who == "long";
            door.Time.Advance(TimeSpan.FromSeconds(isLong ? 4 : 1));
            (longs, shorts) = (longs + (isLong ? 4 : 0), shorts + (isLong ? 0 : 1));
            await door.GoAsync();
        }

        Assert.InRange(longs - shorts, -5, 5);
    }

    [Fact]
    public async Task Who_was_away_has_saved_nothing_up()
    {
        var door = new Door(places: 1);
        await door.ComeAsync("steady");
        door.Time.Advance(TimeSpan.FromSeconds(1000)); // the fleet was its own
        await door.GoAsync();
        await door.ComeAsync("steady", 21);
        await door.ComeAsync("newcomer", 20);
        var turns = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            turns.Add(door.Inside[0].Who);
            door.Time.Advance(TimeSpan.FromSeconds(1));
            await door.GoAsync();
        }

        Assert.InRange(turns.Count(t => t == "newcomer"), 9, 11);
    }

    [Fact]
    public Task In_any_order_of_coming_and_going_no_place_is_lost_or_given_twice_and_all_get_in_at_last() =>
        Gen.Select(Gen.Int[1, 30], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 20]).Array[1, 80]).SampleAsync(async (places, steps) =>
        {
            var door = new Door(places);
            foreach (var (step, tenant, priority, seconds) in steps)
            {
                if (step < 2)
                    await door.ComeAsync($"tenant-{tenant}", 1, (Clawdbot.Gateway.Auth.Priority)priority, share: 1 + tenant);
                else if (door.Inside.Count > 0)
                    await door.GoAsync();
                door.Time.Advance(TimeSpan.FromMilliseconds(seconds * 50));

                Assert.InRange(door.Inside.Count, 0, places);
                Assert.Equal((door.Inside.Count, door.Waiting.Count), (door.Queue.Active, door.Queue.Queued));
                // Nobody waits where there is more than the reserve.
                Assert.True(door.Waiting.Count == 0 || places - door.Inside.Count <= (int)Math.Round(places * 0.1, MidpointRounding.AwayFromZero));
            }
            while (door.Inside.Count > 0)
                await door.GoAsync();
            Assert.Equal((0, 0, 0), (door.Waiting.Count, door.Queue.Active, door.Refused.Count));
        }, iter: 100);
}
