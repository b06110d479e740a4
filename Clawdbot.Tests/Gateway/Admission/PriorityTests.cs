using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Between classes.</summary>
public sealed class PriorityTests
{
    [Fact]
    public async Task Higher_goes_first()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.ComeAsync("inside");
        await harness.ComeAsync("low", 1, Priority.Low);
        await harness.ComeAsync("normal");
        await harness.ComeAsync("high", 1, Priority.High);

        Assert.Equal(["high", "normal", "low"], [await harness.GoAsync(), await harness.GoAsync(), await harness.GoAsync()]);
    }

    [Fact]
    public async Task Every_fifth_place_goes_to_normal_and_every_tenth_to_low_requests()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.ComeAsync("high", 101, Priority.High);
        await harness.ComeAsync("low", 50, Priority.Low);
        await harness.ComeAsync("normal", 50);
        var turns = new List<string>();
        for (var i = 0; i < 100; i++)
            turns.Add((await harness.GoAsync())!);

        Assert.InRange(turns.Count(t => t == "low"), 8, 10);
        Assert.InRange(turns.Count(t => t == "normal"), 15, 20);
        Assert.InRange(turns.IndexOf("low"), 5, 12);
    }

    [Fact]
    public async Task Without_higher_ones_low_requests_have_every_place()
    {
        var harness = new AdmissionHarness(places: 20);
        await harness.ComeAsync("low", 25, Priority.Low);

        Assert.Equal(20, harness.Inside.Count);
    }

    [Fact]
    public async Task Low_requests_leave_places_free_for_higher_ones_that_were_there_lately()
    {
        var harness = new AdmissionHarness(places: 20);
        await harness.ComeAsync("same tenant");
        await harness.GoAsync();
        await harness.ComeAsync("same tenant", 25, Priority.Low);
        Assert.Equal(18, harness.Inside.Count);

        await harness.ComeAsync("same tenant");
        Assert.Equal(19, harness.Inside.Count);
    }

    [Fact]
    public async Task A_starving_class_has_its_turn_where_only_the_reserve_is_free()
    {
        var harness = new AdmissionHarness(places: 10);
        await harness.ComeAsync("high", 60, Priority.High);
        await harness.ComeAsync("low", 5, Priority.Low);
        for (var i = 0; i < 25; i++)
            await harness.GoAsync("high");

        Assert.InRange(harness.Held("low"), 2, 3);
    }

    [Fact]
    public async Task In_a_full_queue_higher_displaces_the_newest_of_the_lowest_down_to_its_floor()
    {
        var harness = new AdmissionHarness(places: 1, new AdmissionOptions { QueueLimit = 20 });
        await harness.ComeAsync("inside");
        await harness.ComeAsync("low", 19, Priority.Low);
        await harness.ComeAsync("low, and little", 1, Priority.Low);

        await harness.ComeAsync("high", 1, Priority.High);
        Assert.Equal(["low"], harness.Refused.Select(r => r.Who)); // of those who want most
        Assert.Equal(20, harness.Queue.Queued);

        await harness.ComeAsync("high", 30, Priority.High);
        Assert.Equal((18, 13), (harness.Refused.Count(r => r.Who != "high"), harness.Refused.Count(r => r.Who == "high")));
        Assert.Equal(2, harness.Waiting.Count(w => w.Who.StartsWith("low", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_class_gets_its_floor_of_a_queue_that_higher_ones_fill()
    {
        var harness = new AdmissionHarness(places: 1, new AdmissionOptions { QueueLimit = 20 });
        await harness.ComeAsync("inside");
        await harness.ComeAsync("high", 20, Priority.High);
        await harness.ComeAsync("low", 5, Priority.Low);

        Assert.Equal((2, 18), (harness.Waiting.Count(w => w.Who == "low"), harness.Waiting.Count(w => w.Who == "high")));
    }

    [Fact]
    public async Task In_a_full_queue_who_wants_little_displaces_who_wants_most()
    {
        var harness = new AdmissionHarness(places: 1, new AdmissionOptions { QueueLimit = 10 });
        await harness.ComeAsync("flood", 11);
        await harness.ComeAsync("quiet");
        Assert.Equal(["flood"], harness.Refused.Select(r => r.Who));

        await harness.ComeAsync("flood");
        Assert.Equal(["flood", "flood"], harness.Refused.Select(r => r.Who));

        await harness.ComeAsync("quiet", 20);
        Assert.InRange(harness.Waiting.Count(w => w.Who == "quiet"), 5, 6); // half each, what is held included
    }
}
