using Clawdbot.Drill.Scenarios;
using Xunit;

namespace Clawdbot.Tests.Drill.Scenarios;

public sealed class ScenarioFileTests
{
    public static TheoryData<string> Shipped => [.. ScenarioFile.Shipped];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Every_scenario_that_ships_can_be_read_and_is_called_like_its_file(string name)
    {
        var scenario = ScenarioFile.Read(name);

        Assert.Equal(name, scenario.Name);
        Assert.NotEmpty(scenario.What);
    }

    [Fact]
    public void The_ones_that_are_promised_ship() => Assert.Subset(ScenarioFile.Shipped.ToHashSet(), new HashSet<string>
    {
        "default", "original", "single-against-ha", "kill-storm", "hang-storm", "rolling-restart", "overload", "gateway-loss", "everything-at-once", "soak",
    });

    [Fact]
    public void The_original_test_is_its_hundred_requests() =>
        Assert.Equal(100, Clawdbot.Testing.Load.ArrivalSchedule.Draw(ScenarioFile.Read("original").Load.Steps, new Random(1)).Count);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var fault = Assert.Throws<ScenarioException>(() => ScenarioFile.Parse("""
            topology: { replicas: 0 }
            load: { streaming: 2 }
            faults:
              - { do: kill, to: nobody }
              - { do: command }
              - { do: latency, to: gateway }
            contenders: []
            """, "mine.yaml"));

        foreach (var expected in (string[])["mine.yaml", "'name'", "load.steps", "load.streaming", "1 to 64 replicas", "nothing is called 'nobody'", "needs 'run'", "not the one to a gateway", "'contenders'"])
            Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nmae: x", "nmae")]
    [InlineData("name: [", "line 1")]
    [InlineData("faults: [{ do: explode }]", "line 1")]
    [InlineData("", "empty")]
    public void What_is_no_scenario_is_refused_with_its_place(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(yaml, "mine.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_name_is_told_the_known_ones() =>
        Assert.Contains("kill-storm", Assert.Throws<ScenarioException>(() => ScenarioFile.Read("kil-storm")).Message, StringComparison.Ordinal);

    [Fact]
    public void Targets_are_who_the_words_say()
    {
        var targets = new Targets(new Random(1));
        string[] replicas = ["r0", "r1", "r2"], gateways = ["g0", "g1"];

        Assert.Equal(["r0", "r1", "r2", "r0"], Enumerable.Range(0, 4).Select(_ => targets.Choose("next", replicas, gateways).Single()));
        Assert.Equal(["g0", "g1", "g0"], Enumerable.Range(0, 3).Select(_ => targets.Choose("gateway", replicas, gateways).Single()));
        Assert.Equal(["r1", "r2"], targets.Choose("all_but_one", replicas, gateways));
        Assert.Single(targets.Choose("half", replicas, gateways));
        Assert.Equal(["r2"], targets.Choose("replica-2", replicas, gateways));
        Assert.Equal(["g1"], targets.Choose("gateway-1", replicas, gateways));
        Assert.Empty(targets.Choose("gateway", replicas, []));
    }
}
