using Clawdbot.Drill.Scenarios;

namespace Clawdbot.Tests.Drill.Scenarios;

public sealed class RandomFaultsTests
{
    private const int Replicas = 4;

    private static readonly RandomFaults Plan = new() { Seed = 5, Every = 0.5, Pairs = 0.3, Spare = "replica-1" };

    [Fact]
    public void The_same_seed_is_the_same_faults_and_another_one_is_not()
    {
        Assert.Equal(Words(Plan), Words(new RandomFaults { Seed = 5, Every = 0.5, Pairs = 0.3, Spare = "replica-1" }));
        Assert.NotEqual(Words(Plan), Words(new RandomFaults { Seed = 6, Every = 0.5, Pairs = 0.3, Spare = "replica-1" }));
    }

    [Fact]
    public void Every_kind_comes_as_often_as_every_other_before_and_in_an_answer()
    {
        var drawn = Plan.Draw(Replicas, 600).ToList();
        var kinds = Enum.GetValues<FaultKind>().Except([FaultKind.Cut, FaultKind.Command]);

        Assert.Equal(kinds.Order(), drawn.Select(f => f.Do).Distinct().Order());
        var counts = drawn.GroupBy(f => f.Do).Select(g => g.Count()).ToList();
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        Assert.Equal(Enumerable.Range(0, 8), drawn.Select(f => f.Events).Distinct().Order());
    }

    [Fact]
    public void Two_at_once_are_different_faults_on_different_replicas_and_the_spared_one_never_ends()
    {
        var drawn = Plan.Draw(Replicas, 600).ToList();
        var pairs = drawn.GroupBy(f => f.After).Where(g => g.Count() == 2).ToList();

        Assert.InRange(pairs.Count, 300, 420);
        Assert.DoesNotContain(drawn, f => f.To == "replica-1" && f.Do is FaultKind.Kill or FaultKind.Terminate);
        Assert.All(pairs.Where(p => !p.Any(f => f.Do is FaultKind.Kill or FaultKind.Terminate)), p => Assert.Equal(2, p.Select(f => f.To).Distinct().Count()));
        Assert.All(drawn, f => Assert.Equal(1, f.LeaveHealthy));
    }

    [Fact]
    public void A_scenario_holds_what_was_drawn_beside_what_it_names()
    {
        var scenario = ScenarioFile.Parse("""
            name: mine
            load: { steps: [{ rate: 1, seconds: 10 }] }
            faults: [{ do: kill }]
            random_faults: { every: 1, pairs: 0, kinds: [reset, empty] }
            """, "mine.yaml");

        Assert.Equal(FaultKind.Kill, scenario.Faults[0].Do);
        Assert.Equal(Enumerable.Range(2, 8).Select(at => (double)at), scenario.Faults.Skip(1).Select(f => f.After));
        Assert.All(scenario.Faults.Skip(1).Chunk(2), two => Assert.Equal([FaultKind.Reset, FaultKind.Empty], two.Select(f => f.Do).Order()));
    }

    private static List<string> Words(RandomFaults faults) => [.. faults.Draw(Replicas, 60).Select(f => $"{f.Do} {f.To} {f.After} {f.Lasting} {f.Events}")];
}
