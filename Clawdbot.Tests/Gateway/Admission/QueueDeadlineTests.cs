using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Auth;

namespace Clawdbot.Tests.Gateway.Admission;

public sealed class QueueDeadlineTests
{
    [Fact]
    public async Task Who_can_not_be_served_in_time_is_told_at_once_and_when_to_come_again()
    {
        var harness = new AdmissionHarness(places: 2);
        await harness.LearnAsync(seconds: 1);
        // (9 + 1) waits of half a second are four fifths of 6.25; and the answer's own second and a tenth
        await harness.ComeAsync("t", 2 + 9);

        Assert.Equal(5, await AdmissionCalls.RefusedAsync(AdmissionOutcome.TooLate,
            AdmissionCalls.Enter(harness.Queue, withinSeconds: 7.3)));
        Assert.False(AdmissionCalls.Enter(harness.Queue, withinSeconds: 7.4).IsCompleted);
    }

    [Fact]
    public async Task Before_anything_is_known_of_the_rate_nobody_is_refused_for_it()
    {
        var harness = new AdmissionHarness(places: 2);
        await harness.ComeAsync("t", 2 + 100);

        Assert.False(AdmissionCalls.Enter(harness.Queue, withinSeconds: 1).IsCompleted);
    }

    [Fact]
    public async Task A_wait_that_would_be_longer_than_the_queue_allows_is_not_begun()
    {
        var harness = new AdmissionHarness(places: 1, new AdmissionOptions { QueueLimit = 1000, QueueSeconds = 10 });
        await harness.LearnAsync(seconds: 1);
        await harness.ComeAsync("t", 1 + 10);

        Assert.Equal(11, await AdmissionCalls.RefusedAsync(AdmissionOutcome.Saturated, AdmissionCalls.Enter(harness.Queue, "t")));
    }

    [Fact]
    public async Task Who_waited_until_no_time_is_left_for_an_answer_is_sent_away()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.LearnAsync(seconds: 1);
        await harness.ComeAsync("t");
        var waiting = AdmissionCalls.Enter(harness.Queue, withinSeconds: 3);

        harness.Time.Advance(TimeSpan.FromSeconds(1.8));
        Assert.Equal(1, harness.Queue.Queued);
        harness.Time.Advance(TimeSpan.FromSeconds(0.2)); // a second and a tenth are left
        await AdmissionCalls.RefusedAsync(AdmissionOutcome.TooLate, waiting);
        Assert.Equal(0, harness.Queue.Queued);
    }

    [Fact]
    public async Task Where_there_is_a_place_nobody_is_refused_however_little_time_is_left()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.LearnAsync(seconds: 10);

        (await AdmissionCalls.AdmittedAsync(AdmissionCalls.Enter(harness.Queue, withinSeconds: 0.1))).Dispose();
    }

    [Fact]
    public async Task When_the_load_has_fallen_nothing_is_held_against_the_next_one()
    {
        var harness = new AdmissionHarness(places: 2, new AdmissionOptions { QueueLimit = 10 });
        await harness.LearnAsync(seconds: 1);
        await harness.ComeAsync("flood", 2 + 30);
        Assert.Equal(20, harness.Refused.Count);
        while (harness.Inside.Count > 0)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(0.5));
            await harness.GoAsync();
        }

        await harness.ComeAsync("flood", 2, Priority.Low);
        Assert.Equal(2, harness.Inside.Count);
        // the next place, half a second away
        Assert.False(AdmissionCalls.Enter(harness.Queue, "flood", Priority.Low, withinSeconds: 2.5).IsCompleted);
    }

    [Fact]
    public async Task Low_requests_are_told_to_come_much_later_while_higher_ones_take_nearly_all()
    {
        var harness = new AdmissionHarness(places: 1);
        await harness.LearnAsync(seconds: 1);
        await harness.ComeAsync("high", 60, Priority.High);
        await harness.ComeAsync("low", 1, Priority.Low);
        for (var i = 0; i < 40; i++)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(1));
            await harness.GoAsync();
            await harness.ComeAsync("high", 1, Priority.High);
            await harness.ComeAsync("low", 1, Priority.Low);
        }

        var (high, low) = (await RetryAfterAsync(Priority.High), await RetryAfterAsync(Priority.Low));
        Assert.InRange(low, 150, 300); // a few dozen of its own before it, every tenth place
        Assert.InRange(high, 50, 80);

        async Task<int> RetryAfterAsync(Priority priority) =>
            await AdmissionCalls.RefusedAsync(AdmissionOutcome.TooLate,
                AdmissionCalls.Enter(harness.Queue, priority == Priority.High ? "high" : "low", priority, withinSeconds: 1));
    }
}
