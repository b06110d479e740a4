using Clawdbot.Drill.Report;
using Clawdbot.Drill.Resources;
using Clawdbot.Drill.Scenarios;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Drill.Resources;

/// <summary>What leaks is told from what lives.</summary>
public sealed class TrendTests
{
    private const double Length = 90_000;
    private const long MiB = 1 << 20;

    [Fact]
    public void A_process_of_this_machine_can_be_looked_at()
    {
        var before = ProcessUse.Of(Environment.ProcessId)!.Value;
        using (var open = File.OpenRead("/proc/self/status"))
            Assert.InRange(ProcessUse.Of(Environment.ProcessId)!.Value.Descriptors, 1, int.MaxValue);

        Assert.True(before.Memory > MiB && before.Descriptors > 0 && before.Threads > 1, $"{before}");
        Assert.Null(ProcessUse.Of(int.MaxValue));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 0, 0, 30)]
    [InlineData(0, 1, 0, 30)]
    public void Growth_is_from_the_second_third_to_the_last(double memory, double descriptors, double threads, double atLeast)
    {
        var trend = Assert.Single(Trend.Of(Samples(at => new ProcessUse((long)((50 + (memory * at)) * MiB), (int)(50 + (descriptors * at)), (int)(20 + (threads * at)))), Length));

        Assert.Equal(1, trend.Lives);
        Assert.True(trend.Growth >= atLeast && (memory + descriptors + threads > 0) == trend.Growth > 0, $"{trend.Growth}");
    }

    [Fact]
    public void Noise_is_no_growth_and_a_process_that_was_started_again_shows_none()
    {
        Assert.Equal(0, Assert.Single(Trend.Of(Samples(at => new ProcessUse((50 * MiB) + (long)(at * 100_000), 50 + (int)(at / 20), 20)), Length)).Growth);
        Assert.True(double.IsNaN(Assert.Single(Trend.Of(Samples(_ => new ProcessUse(MiB, 5, 5), lives: 2), Length)).Growth));
    }

    [Fact]
    public void What_grows_does_not_hold_and_what_nobody_saw_neither()
    {
        Assert.True(Held(Samples(_ => new ProcessUse(50 * MiB, 50, 20))));
        Assert.False(Held(Samples(at => new ProcessUse((long)((50 + at) * MiB), 50, 20))));
        Assert.False(Held(Samples(at => new ProcessUse(50 * MiB, (int)(50 + at), 20))));
        Assert.False(Held([]));
    }

    private static bool Held(IEnumerable<UseSample> samples) => ObjectiveCheck.Check(new Objectives { GrowthPercent = 15 }, new RunResult
    {
        Contender = "x",
        Description = "",
        Length = Length,
        Samples = [],
        Faults = [],
        Trends = Trend.Of(samples, Length),
    }).Single(o => o.Name.StartsWith("growth", StringComparison.Ordinal)).Held;

    private static IEnumerable<UseSample> Samples(Func<double, ProcessUse> use, int lives = 1) =>
        Enumerable.Range(0, 90).Select(i => new UseSample(i * 1000, "gateway-0", i * lives / 90, use(i), null));
}
