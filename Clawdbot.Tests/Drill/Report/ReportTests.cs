using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Clawdbot.Drill.Faults;
using Clawdbot.Drill.Report;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Load;
using Xunit;

namespace Clawdbot.Tests.Drill.Report;

/// <summary>The figures are right, and every report says the same.</summary>
public sealed partial class ReportTests
{
    private const string Hostile = "<script>alert('x')</script> & \"quotes\"";

    /// <summary>Ten requests a second for ten seconds; in the fourth second all fail, one is refused in the sixth, one is truncated in the eighth.</summary>
    private static readonly RunResult Run = Checked(new RunResult
    {
        Contender = "Clawdbot",
        Description = Hostile,
        Length = 10_000,
        Samples = [.. Enumerable.Range(0, 100).Select(i => new Sample
        {
            Due = i * 100,
            Question = "q",
            Stream = true,
            Verdict = i is >= 30 and < 40 ? Verdict.Failed : i == 55 ? Verdict.Refused : i == 75 ? Verdict.Truncated : Verdict.Right,
            Detail = i is >= 30 and < 40 ? Hostile : "",
            FirstToken = i + 1,
            Total = 1000,
            LongestGap = i % 2 == 0 ? 20 : 2000,
            Silences = i == 20 ? [250] : [],
        })],
        Faults = [new FaultMark(2950, "kill", "replica-0"), new FaultMark(6000, "stop", "replica-1")],
        Failovers = new Dictionary<string, long> { ["mid_stream, exact, connection_reset"] = 1 },
        MachineBusy = 0.5,
    });

    private static readonly DrillResult Drill = new("mine", "What it is.", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "a machine", "drill run", [Run, Run with { Contender = "single", Objectives = [] }]);

    [Fact]
    public void Figures_are_counted_rightly()
    {
        var figures = new Figures(Run);

        Assert.Equal((100, 88, 1, 10, 1), (figures.Requests, figures.Right, figures.Refused, figures.Failed, figures.Quiet));
        Assert.Equal(88, figures.Availability);
        Assert.Equal(new Second(0, 0, 10, 0, 35, 40), figures.Seconds[3] with { P50 = Math.Round(figures.Seconds[3].P50), P99 = Math.Round(figures.Seconds[3].P99) });
        Assert.Equal([10, 10, 10, 0, 10, 9, 10, 9, 10, 10], figures.Seconds.Select(s => s.Right));
        Assert.Equal((50, 99, 250), (Math.Round(figures.FirstToken.At(50)), Math.Round(figures.FirstToken.At(99)), Math.Round(figures.Silences.Max)));
    }

    [Fact]
    public void Back_in_service_is_after_the_last_answer_that_was_not_right()
    {
        // The failed ones are due from 3,000 to 3,900 and take a second each; the refused one ends at 6,500, the truncated one at 8,500.
        var marks = ObjectiveCheck.Recoveries([new FaultMark(2950, "kill", "a"), new FaultMark(4500, "kill", "b"), new FaultMark(5950, "kill", "c"), new FaultMark(9000, "kill", "d")], Run.Samples);

        Assert.Equal([null, 4900, 8500, 9000], marks.Select(m => m.RecoveredAt));
    }

    [Fact]
    public void Objectives_are_held_against_what_was_measured()
    {
        var wanted = new Objectives { Availability = 88, Quiet = 0, Failed = 11, FirstTokenP95Ms = 94, SilenceP99Ms = 300 };
        var results = ObjectiveCheck.Check(wanted, Run).Select(o => o.Held);

        Assert.Equal([true, false, true, false, true], results);
        Assert.Contains(ObjectiveCheck.Check(new Objectives(), Run with { Samples = [] }), o => !o.Held); // nothing asked is no success
    }

    [Fact]
    public void The_page_needs_nothing_else_and_lets_nobody_in()
    {
        var html = HtmlReport.Build(Drill, [.. Drill.Runs.Select(r => new Figures(r))]);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(src|href)=", html);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.All(Picture().Matches(html), svg => XDocument.Parse(svg.Value));
        Assert.Equal(10, Picture().Count(html)); // five kinds for each of two contenders
        Assert.Contains("98.5 %", html, StringComparison.Ordinal); // the original document's table stands beside ours
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_run_of_next_to_nothing_is_a_page_too(int samples)
    {
        var run = Run with { Samples = [.. Run.Samples.Take(samples)], Faults = [], Length = 500 };

        Assert.Contains("</html>", HtmlReport.Build(Drill with { Runs = [run] }, [new Figures(run)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_run_is_a_page_of_bearable_size()
    {
        var run = Run with { Length = 3_600_000, Samples = [.. Enumerable.Range(0, 100_000).Select(i => Run.Samples[i % 100] with { Due = i * 36 })] };

        Assert.InRange(HtmlReport.Build(Drill with { Runs = [run] }, [new Figures(run)]).Length, 10_000, 1_500_000);
    }

    [Fact]
    public void The_report_for_programs_says_the_same()
    {
        using var json = JsonDocument.Parse(JsonReport.Build(Drill, [.. Drill.Runs.Select(r => new Figures(r))]));
        var run = json.RootElement.GetProperty("runs")[0];

        Assert.False(json.RootElement.GetProperty("held").GetBoolean());
        Assert.Equal((88, 10, 1, 1), (run.GetProperty("right").GetInt32(), run.GetProperty("failed").GetInt32(), run.GetProperty("refused").GetInt32(), run.GetProperty("quiet").GetInt32()));
        Assert.Equal(10, run.GetProperty("seconds").GetArrayLength());
        Assert.Equal(Hostile, run.GetProperty("description").GetString());
    }

    [Fact]
    public void A_build_sees_each_objective_as_a_test()
    {
        var suite = Assert.Single(JUnitReport.Build(Drill).Root!.Elements("testsuite"));

        Assert.Equal(Run.Objectives.Count, suite.Elements("testcase").Count());
        Assert.Equal(Run.Objectives.Count(o => !o.Held), suite.Descendants("failure").Count());
        Assert.Equal(suite.Attribute("failures")!.Value, suite.Descendants("failure").Count().ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static RunResult Checked(RunResult run) => run with { Faults = ObjectiveCheck.Recoveries(run.Faults, run.Samples), Objectives = ObjectiveCheck.Check(new Objectives { Availability = 100, Quiet = 0, FirstTokenP95Ms = 3000 }, run) };

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Picture();
}
