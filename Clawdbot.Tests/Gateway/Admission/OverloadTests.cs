using Clawdbot.Gateway.Admission;

namespace Clawdbot.Tests.Gateway.Admission;

/// <summary>Three times the load that there is room for, in virtual time.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task Retry_After_is_right_within_twice_and_the_fleet_stays_busy()
    {
        const double capacity = 8 / 0.6;
        var simulation = new ArrivalSimulation(new AdmissionHarness(8, new AdmissionOptions { QueueLimit = 64 }), 0.6, new Random(7));
        await simulation.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.5 * capacity));
        Assert.Empty(simulation.Refusals);

        var before = simulation.Answered;
        await simulation.LoadAsync(TimeSpan.FromSeconds(60), ("t", 3 * capacity));
        Assert.InRange(simulation.Answered - before, 0.9 * capacity * 60, 1.1 * capacity * 60);
        Assert.InRange(simulation.Refusals.Count, 1000, 2000);
        Assert.Empty(simulation.Refusals.Where(r => !IsRight(r.At, r.RetryAfter)).Take(3));

        await simulation.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.2 * capacity)); // what waits is worked off
        var after = simulation.Refusals.Count;
        await simulation.LoadAsync(TimeSpan.FromSeconds(10), ("t", 0.9 * capacity));
        Assert.Equal(after, simulation.Refusals.Count);

        // Held against the wait of whoever came next and was let wait. A second is the least that can be said.
        bool IsRight(DateTimeOffset at, int told)
        {
            var next = simulation.Waits.Where(w => w.At >= at).OrderBy(w => w.At).Select(w => w.Seconds).FirstOrDefault(-1);
            return next < 0 || (told <= 2 * Math.Max(1, next) && told >= next / 2);
        }
    }

    [Fact]
    public async Task Whoever_is_let_in_is_answered_within_its_deadline_and_who_is_not_is_told_at_once()
    {
        // 1.2 s on average, 5 s at the most
        var simulation = new ArrivalSimulation(new AdmissionHarness(32), 1, new Random(7), withinSeconds: 15, longPart: 0.05);
        await simulation.LoadAsync(TimeSpan.FromSeconds(20), ("t", 15));
        Assert.Empty(simulation.Refusals);

        var before = simulation.Answered;
        await simulation.LoadAsync(TimeSpan.FromSeconds(60), ("t", 80));
        Assert.InRange(simulation.Answered - before, 0.9 * (32 / 1.2) * 60, 1.1 * (32 / 1.2) * 60);
        Assert.InRange(simulation.Refusals.Count, 2000, 4000);
        Assert.Empty(simulation.Late);
        Assert.All(simulation.Refusals, r => Assert.Equal(0, r.Waited));
        // who can wait does: the time there is for it is used
        Assert.InRange(simulation.Percentile("t", 95, simulation.Waits[0].At), 5, 12);
    }

    [Fact]
    public async Task A_flood_of_one_tenant_makes_another_wait_for_nothing()
    {
        var (simulation, since) = await FloodedAsync(new AdmissionOptions());

        Assert.DoesNotContain(simulation.Refusals, r => r.Who == "quiet");
        Assert.Equal(0, simulation.Percentile("quiet", 95, since));
        Assert.InRange(simulation.Percentile("flood", 50, since), 5, 30);
    }

    [Fact]
    public async Task Without_a_reserve_it_would_wait_for_the_next_answer_to_end()
    {
        var (simulation, since) = await FloodedAsync(new AdmissionOptions { ReservePercent = 0 });

        Assert.InRange(simulation.Percentile("quiet", 95, since), 0.05, 0.5);
    }

    /// <summary>Four requests a second of one tenant, and then seventy of another besides: room is for twenty-three.</summary>
    private static async Task<(ArrivalSimulation Simulation, DateTimeOffset Since)> FloodedAsync(AdmissionOptions options)
    {
        var harness = new AdmissionHarness(32, options);
        var simulation = new ArrivalSimulation(harness, 1.4, new Random(7));
        await simulation.LoadAsync(TimeSpan.FromSeconds(20), ("quiet", 4));
        var since = harness.Time.GetUtcNow();
        await simulation.LoadAsync(TimeSpan.FromSeconds(60), ("quiet", 4), ("flood", 70));
        return (simulation, since);
    }
}
