using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Between classes.</summary>
public sealed class PriorityTests
{
    [Fact]
    public async Task Higher_goes_first()
    {
        var door = new Door(places: 1);
        await door.ComeAsync("inside");
        await door.ComeAsync("low", 1, Priority.Low);
        await door.ComeAsync("normal");
        await door.ComeAsync("high", 1, Priority.High);

        Assert.Equal(["high", "normal", "low"], [await door.GoAsync(), await door.GoAsync(), await door.GoAsync()]);
    }

    [Fact]
    public async Task Every_fifth_place_goes_to_normal_and_every_tenth_to_low_requests()
    {
        var door = new Door(places: 1);
        await door.ComeAsync("high", 101, Priority.High);
        await door.ComeAsync("low", 50, Priority.Low);
        await door.ComeAsync("normal", 50);
        var turns = new List<string>();
        for (var i = 0; i < 100; i++)
            turns.Add((await door.GoAsync())!);

        Assert.InRange(turns.Count(t => t == "low"), 8, 10);
        Assert.InRange(turns.Count(t => t == "normal"), 15, 20);
        Assert.InRange(turns.IndexOf("low"), 5, 12);
    }

    [Fact]
    public async Task Without_higher_ones_low_requests_have_every_place()
    {
        var door = new Door(places: 20);
        await door.ComeAsync("low", 25, Priority.Low);

        Assert.Equal(20, door.Inside.Count);
    }

    [Fact]
    public async Task Low_requests_leave_places_free_for_higher_ones_that_were_there_lately()
    {
        var door = new Door(places: 20);
        await door.ComeAsync("same tenant");
        await door.GoAsync();
        await door.ComeAsync("same tenant", 25, Priority.Low);
        Assert.Equal(18, door.Inside.Count);

        await door.ComeAsync("same tenant");
        Assert.Equal(19, door.Inside.Count);
    }

    [Fact]
    public async Task A_starving_class_has_its_turn_where_only_the_reserve_is_free()
    {
        var door = new Door(places: 10);
        await door.ComeAsync("high", 60, Priority.High);
        await door.ComeAsync("low", 5, Priority.Low);
        for (var i = 0; i < 25; i++)
            await door.GoAsync("high");

        Assert.InRange(door.Held("low"), 2, 3);
    }

    [Fact]
    public async Task In_a_full_queue_higher_displaces_the_newest_of_the_lowest_down_to_its_floor()
    {
        var door = new Door(places: 1, new AdmissionOptions { QueueLimit = 20 });
        await door.ComeAsync("inside");
        await door.ComeAsync("low", 19, Priority.Low);
        await door.ComeAsync("low, and little", 1, Priority.Low);

        await door.ComeAsync("high", 1, Priority.High);
        Assert.Equal(["low"], door.Refused.Select(r => r.Who)); // of those who want most
        Assert.Equal(20, door.Queue.Queued);

        await door.ComeAsync("high", 30, Priority.High);
        Assert.Equal((18, 13), (door.Refused.Count(r => r.Who != "high"), door.Refused.Count(r => r.Who == "high")));
        Assert.Equal(2, door.Waiting.Count(w => w.Who.StartsWith("low", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_class_gets_its_floor_of_a_queue_that_higher_ones_fill()
    {
        var door = new Door(places: 1, new AdmissionOptions { QueueLimit = 20 });
        await door.ComeAsync("inside");
        await door.ComeAsync("high", 20, Priority.High);
        await door.ComeAsync("low", 5, Priority.Low);

        Assert.Equal((2, 18), (door.Waiting.Count(w => w.Who == "low"), door.Waiting.Count(w => w.Who == "high")));
    }

    [Fact]
    public async Task In_a_full_queue_who_wants_little_displaces_who_wants_most()
    {
        var door = new Door(places: 1, new AdmissionOptions { QueueLimit = 10 });
        await door.ComeAsync("flood", 11);
        await door.ComeAsync("quiet");
        Assert.Equal(["flood"], door.Refused.Select(r => r.Who));

        await door.ComeAsync("flood");
        Assert.Equal(["flood", "flood"], door.Refused.Select(r => r.Who));

        await door.ComeAsync("quiet", 20);
        Assert.InRange(door.Waiting.Count(w => w.Who == "quiet"), 5, 6); // half each, what is held included
    }
}
