using Clawdbot.Gateway.Replicas;
using Xunit;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ObservedLatencyTests
{
    [Fact]
    public void The_last_attempts_are_remembered_and_those_without_a_token_are_not()
    {
        var latency = new ObservedLatency();
        latency.Saw(new AttemptReport(AttemptOutcome.FirstTokenTimeout));
        for (var i = 1; i <= ObservedLatency.Kept + 3; i++)
            latency.Saw(new AttemptReport(AttemptOutcome.Completed, new PromptSize(i, 0), TimeSpan.FromMilliseconds(i), i,
                TimeSpan.FromSeconds(i)));

        Span<FirstTokenSample> firsts = new FirstTokenSample[100];
        firsts = firsts[..latency.FirstTokens(firsts)];
        Assert.Equal(Enumerable.Range(4, ObservedLatency.Kept), firsts.ToArray().Select(f => f.Prompt.TextTokens).Order());
        Assert.All(firsts.ToArray(), f => Assert.Equal(TimeSpan.FromMilliseconds(f.Prompt.TextTokens), f.FirstToken));

        Span<AttemptLatency> latencies = new AttemptLatency[100];
        latencies = latencies[..latency.Latencies(latencies)];
        // The one of a single token has none.
        Assert.Equal(Enumerable.Range(4, ObservedLatency.Kept), latencies.ToArray().Select(p => p.Tokens).Order());
    }
}
