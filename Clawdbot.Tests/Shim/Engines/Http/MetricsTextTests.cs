using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class MetricsTextTests
{
    private static readonly MetricsText Metrics = new("""
        # HELP waiting Requests that wait.
        # TYPE waiting gauge
        waiting{engine="0",model="a } b"} 3.0
        waiting{engine="1",model="an \"escaped}\" one"} 4.0 1700000000
        waiting_by_reason{engine="0",reason="capacity"} 1
        waiting_by_reason{engine="0",reason="deferred"} 2
        waiting_by_reason{engine="0",other_reason="capacity"} 50
        bare 5e-1
        broken{engine="0" 1
        broken
        broken{} text
        infinite +Inf
        none NaN

        """);

    [Fact]
    public void A_text_that_is_quoted_as_JSON_is_the_same() =>
        Assert.Equal(3, new MetricsText("\"# TYPE waiting gauge\\nwaiting{a=\\\"b\\\"} 3\\n\"").Sum("waiting"));

    [Theory]
    [InlineData("waiting", "", 7.0)]
    [InlineData("waiting_by_reason", "reason=\"capacity\"", 1.0)]
    [InlineData("waiting_by_reason", "reason=\"preempted\"", null)]
    [InlineData("wait", "", null)]
    [InlineData("bare", "", 0.5)]
    [InlineData("broken", "", null)]
    [InlineData("infinite", "", null)]
    [InlineData("none", "", null)]
    public void A_name_is_a_whole_name_and_its_series_are_summed(string name, string label, double? sum) =>
        Assert.Equal(sum, Metrics.Sum(name, label));

    [Fact]
    public void The_fullest_of_several_counts() => Assert.Equal((4, null), (Metrics.Max("waiting"), Metrics.Max("absent")));
}
