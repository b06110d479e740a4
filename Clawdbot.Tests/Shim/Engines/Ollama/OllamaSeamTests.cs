using System.Net;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>Answers that began at another Ollama, whichever way this one makes prompts.</summary>
public sealed class OllamaSeamTests
{
    [Theory]
    [InlineData(false, true, 1)]
    [InlineData(true, true, 1)]
    [InlineData(true, false, 6)] // it does not say which way: shorter ones are not taken for repetitions
    [InlineData(false, false, 1)]
    public async Task Cut_anywhere_it_goes_on_from_text_and_only_what_was_missing_is_generated(bool isNative, bool tells, int first)
    {
        await using var fake = new OllamaFake(new EngineCore()) { IsNative = isNative, TellsTemplate = tells };
        await fake.ListenAsync();
        await using var own = await OllamaShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var whole = await caller.GenerateAsync(Question(""","seed":3,"max_tokens":11"""));
        for (var cut = first; cut < 11; cut++)
        {
            var (given, generated) = (string.Concat(EngineCore.Tokenize(whole.Text).Take(cut).Select(EngineCore.Text)),
                fake.Core.Generated);
            var rest = await caller.GenerateAsync(Question(""","seed":3,"max_tokens":11"""),
                new GenerationExtras(ContinueText: given, Delivered: cut));
            Assert.Equal(Enumerable.Range(0, 11), EngineCore.Positions(given + rest.Text));
            Assert.Equal(new GenerationFinish(0, "length", null, 5, 11), Assert.Single(rest.Finishes));
            Assert.Equal(11 - cut, fake.Core.Generated - generated);
        }
        var reached = await caller.GenerateAsync(Question(""","max_tokens":4"""),
            new GenerationExtras(ContinueText: "甲0 乙1 丙2 丁3 ", Delivered: 4));
        Assert.Equal("start finish usage done", reached.Names);
        Assert.Equal((new GenerationFinish(0, "length", null, null, 4), 5),
            (Assert.Single(reached.Finishes), reached.Of("start").Single().GetProperty("prompt_tokens").GetInt32()));
    }

    [Fact]
    public async Task A_continuation_that_the_request_does_not_allow_is_refused_and_so_is_one_that_Ollama_refuses()
    {
        await using var fake = await OllamaFake.StartAsync();
        await using var own = await OllamaShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var text = new GenerationExtras(ContinueText: "甲0 ", Delivered: 1);
        var ids = await caller.GenerateAsync(Question(""), new GenerationExtras(Continue: [1]));
        var several = await caller.GenerateAsync(Question(""","n":2"""), text);
        var behind = await caller.GenerateAsync("""{"model":"m","messages":[{"role":"assistant","content":"Dear"}]}""", text);
        fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400 });
        var refused = await caller.GenerateAsync(Question(""), text);

        Assert.All([ids, several, behind, refused],
            a => Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (a.Status, a.Error?.Code)));
    }

    private static string Question(string more) =>
        $$"""{"model":"{{OllamaFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""";
}
