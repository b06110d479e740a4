using Clawdbot.Gateway.Replicas;
using Xunit;

namespace Clawdbot.Tests.Gateway.Replicas;

public sealed class ObservedPaceTests
{
    [Fact]
    public void The_last_attempts_are_remembered_and_those_without_a_token_are_not()
    {
        var pace = new ObservedPace();
        pace.Saw(new AttemptReport(AttemptOutcome.FirstTokenTimeout));
        for (var i = 1; i <= ObservedPace.Kept + 3; i++)
            pace.Saw(new AttemptReport(AttemptOutcome.Completed, new PromptSize(i, 0), TimeSpan.FromMilliseconds(i), i, TimeSpan.FromSeconds(i)));

        Span<FirstTokenSample> firsts = new FirstTokenSample[100];
        firsts = firsts[..pace.FirstTokens(firsts)];
        Assert.Equal(Enumerable.Range(4, ObservedPace.Kept), firsts.ToArray().Select(f => f.Prompt.TextTokens).Order());
        Assert.All(firsts.ToArray(), f => Assert.Equal(TimeSpan.FromMilliseconds(f.Prompt.TextTokens), f.FirstToken));

        Span<PaceSample> paces = new PaceSample[100];
        paces = paces[..pace.Paces(paces)];
        Assert.Equal(Enumerable.Range(4, ObservedPace.Kept), paces.ToArray().Select(p => p.Tokens).Order()); // the one of a single token has none
    }
}
