using Clawdbot.Gateway.Admission;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Three times the load that there is room for, in virtual time.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task Retry_After_is_right_within_twice_and_the_fleet_stays_busy()
    {
        const double capacity = 8 / 0.6;
        var rush = new Rush(new Door(8, new AdmissionOptions { QueueLimit = 64 }), 0.6, new Random(7));
        await rush.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.5 * capacity));
        Assert.Empty(rush.Refusals);

        var before = rush.Answered;
        await rush.LoadAsync(TimeSpan.FromSeconds(60), ("t", 3 * capacity));
        Assert.InRange(rush.Answered - before, 0.9 * capacity * 60, 1.1 * capacity * 60);
        Assert.InRange(rush.Refusals.Count, 1000, 2000);
        Assert.Empty(rush.Refusals.Where(r => !IsRight(r.At, r.RetryAfter)).Take(3));

        await rush.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.2 * capacity)); // what waits is worked off
        var after = rush.Refusals.Count;
        await rush.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.9 * capacity));
        Assert.Equal(after, rush.Refusals.Count);

        // Held against the wait of whoever came next and was let wait. A second is the least that can be said.
        bool IsRight(DateTimeOffset at, int told)
        {
            var next = rush.Waits.Where(w => w.At >= at).OrderBy(w => w.At).Select(w => w.Seconds).FirstOrDefault(-1);
            return next < 0 || (told <= 2 * Math.Max(1, next) && told >= next / 2);
        }
    }

    [Fact]
    public async Task Whoever_is_let_in_is_answered_within_its_deadline_and_who_is_not_is_told_at_once()
    {
        var rush = new Rush(new Door(32), 1, new Random(7), withinSeconds: 15, longPart: 0.05); // 1.2 s on average, 5 s at the most
        await rush.LoadAsync(TimeSpan.FromSeconds(20), ("t", 15));
        Assert.Empty(rush.Refusals);

        var before = rush.Answered;
        await rush.LoadAsync(TimeSpan.FromSeconds(60), ("t", 80));
        Assert.InRange(rush.Answered - before, 0.9 * (32 / 1.2) * 60, 1.1 * (32 / 1.2) * 60);
        Assert.InRange(rush.Refusals.Count, 2000, 4000);
        Assert.Empty(rush.Late);
        Assert.All(rush.Refusals, r => Assert.Equal(0, r.Waited));
        Assert.InRange(rush.Percentile("t", 95, rush.Waits[0].At), 5, 12); // who can wait does: the time there is for it is used
    }

    [Fact]
    public async Task A_flood_of_one_tenant_makes_another_wait_for_nothing()
    {
        var (rush, since) = await FloodedAsync(new AdmissionOptions());

        Assert.DoesNotContain(rush.Refusals, r => r.Who == "quiet");
        Assert.Equal(0, rush.Percentile("quiet", 95, since));
        Assert.InRange(rush.Percentile("flood", 50, since), 5, 30);
    }

    [Fact]
    public async Task Without_a_reserve_it_would_wait_for_the_next_answer_to_end()
    {
        var (rush, since) = await FloodedAsync(new AdmissionOptions { ReservePercent = 0 });

        Assert.InRange(rush.Percentile("quiet", 95, since), 0.05, 0.5);
    }

    /// <summary>Four requests a second of one tenant, and then seventy of another besides: room is for twenty-three.</summary>
    private static async Task<(Rush Rush, DateTimeOffset Since)> FloodedAsync(AdmissionOptions options)
    {
        var door = new Door(32, options);
        var rush = new Rush(door, 1.4, new Random(7));
        await rush.LoadAsync(TimeSpan.FromSeconds(20), ("quiet", 4));
        var since = door.Time.GetUtcNow();
        await rush.LoadAsync(TimeSpan.FromSeconds(60), ("quiet", 4), ("flood", 70));
        return (rush, since);
    }
}
