using Clawdbot.Drill.Report;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;
using Xunit;

namespace Clawdbot.Tests.Drill.Report;

/// <summary>What is wanted of a drill with more load than room is held, and found out when it is not.</summary>
public sealed class OverloadCheckTests
{
    /// <summary>Ten seconds with room, ten with too much, ten with room; one place, answers of a second.</summary>
    private static readonly Scenario Scenario = new()
    {
        Topology = new Topology { Replicas = 1, Capacity = 1 },
        Load = new LoadPlan { Steps = [new LoadStep { Rate = 0.5, Seconds = 10 }, new LoadStep { Rate = 3, Seconds = 10 }, new LoadStep { Rate = 0.4, Seconds = 10 }], DeadlineSeconds = 6 },
        Objectives = new Objectives { Ejections = 0, Peak = new PeakObjectives { ThroughputPercent = 90, RetryAfterRightPercent = 95, NormalAfterSeconds = 3 } },
    };

    [Fact]
    public void A_run_as_it_should_be_holds() => Assert.All(Check([.. Good()]), o => Assert.True(o.Held, $"{o.Name}: {o.Measured}"));

    [Theory]
    [InlineData(9, "Retry-After")]
    [InlineData(1, "Retry-After")]
    public void A_Retry_After_that_is_wrong_is_seen(int told, string objective) =>
        NotHeld(objective, [.. Good().Select(s => s.Verdict == Verdict.Refused ? s with { RetryAfter = told } : s)]);

    [Fact]
    public void A_place_that_stood_empty_is_seen() => NotHeld("throughput", [.. Good().Where((s, i) => i % 3 != 0 || s.Due is < 10_000 or > 20_000)]);

    [Fact]
    public void An_answer_after_its_deadline_is_seen() => NotHeld("after their deadline", [.. Good(), Right(15_000, 5_000) with { Total = 6_200 }]);

    [Fact]
    public void A_refusal_long_after_the_peak_is_seen() => NotHeld("normal after", [.. Good(), Refused(26_000)]);

    [Fact]
    public void A_wait_long_after_the_peak_is_seen() => NotHeld("normal after", [.. Good(), Right(26_000, 900)]);

    [Fact]
    public void An_ejection_is_seen_and_so_is_that_nobody_told() =>
        Assert.All((int?[])[1, null], e => Assert.Contains(Check([.. Good()], e), o => !o.Held && o.Name == "replicas ejected"));

    [Theory]
    [InlineData(119, true)]
    [InlineData(121, false)]
    public void The_first_tokens_of_who_was_flooded_are_held_against_its_own_without_the_flood(double flooded, bool held)
    {
        var scenario = new Scenario
        {
            Load = new LoadPlan { Steps = [new LoadStep { Rate = 1, Seconds = 30 }], Floods = [new Flood { Rate = 9, After = 10, Seconds = 10 }] },
            Objectives = new Objectives { FloodedP95Ratio = 1.2 },
        };
        IReadOnlyList<Sample> samples =
        [
            .. Enumerable.Range(0, 30).Select(i => Right(i * 1000, 0) with { FirstToken = i is >= 10 and < 20 ? flooded : 100 }),
            .. Enumerable.Range(0, 90).Select(i => Right(10_000 + i * 100, 0) with { FirstToken = 9000, Tenant = "flood" }),
        ];

        Assert.Equal(held, OverloadCheck.Check(scenario, Run(samples, 0)).First().Held);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 3, false)]
    [InlineData(0, 0, false)] // nobody told
    public void The_attempts_of_answers_are_held_against_their_mean(int first, int second, bool held)
    {
        var scenario = new Scenario { Objectives = new Objectives { AttemptsMean = 1.2 } };
        var result = Assert.Single(OverloadCheck.Check(scenario, Run([Right(0, 0) with { Attempts = first }, Right(1, 0) with { Attempts = second }], 0)));

        Assert.Equal(held, result.Held);
    }

    /// <summary>At the peak one is answered each second, who comes waits four seconds, and who is refused is told so.</summary>
    private static IEnumerable<Sample> Good() =>
    [
        .. Enumerable.Range(0, 5).Select(i => Right(i * 2000, 0)),
        .. Enumerable.Range(0, 10).Select(i => Refused(10_000 + i * 1000)),
        .. Enumerable.Range(0, 5).Select(i => Right(10_001 + i, i * 1000)),
        .. Enumerable.Range(1, 9).Select(i => Right(10_001 + i * 1000, 4000)),
        .. Enumerable.Range(0, 4).Select(i => Right(21_000 + i * 2000, i == 0 ? 3000 : 0)),
    ];

    private static Sample Right(double due, double wait) => new() { Due = due, Question = "q", Stream = true, Verdict = Verdict.Right, FirstToken = 100 + wait, Total = 1000 + wait };

    private static Sample Refused(double due) => new() { Due = due, Question = "q", Stream = true, Verdict = Verdict.Refused, RetryAfter = due < 10_500 ? 2 : 4, Total = 5 };

    private static void NotHeld(string objective, IReadOnlyList<Sample> samples) =>
        Assert.Contains(objective, Assert.Single(Check(samples), o => !o.Held).Name, StringComparison.Ordinal);

    private static List<ObjectiveResult> Check(IReadOnlyList<Sample> samples, int? ejections = 0) => [.. OverloadCheck.Check(Scenario, Run(samples, ejections))];

    private static RunResult Run(IReadOnlyList<Sample> samples, int? ejections) =>
        new() { Contender = "c", Description = "d", Length = 30_000, Samples = samples, Faults = [], Ejections = ejections };
}
