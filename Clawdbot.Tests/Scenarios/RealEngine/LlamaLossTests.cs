using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>A real server of llama.cpp dies, or hangs, in the middle of its answers. The other one goes on with them.</summary>
public sealed class LlamaLossTests(ShippedLlamaFleet shared, ITestOutputHelper output) : IClassFixture<ShippedLlamaFleet>
{
    private const int AtOnce = 6;

    /// <summary>Some seconds for that many at once.</summary>
    private const int Tokens = 500;

    private LlamaFleet Fleet => shared.Fleet;

    [Theory]
    [InlineData(Signals.Kill, true, false)]
    [InlineData(Signals.Kill, true, true)]
    [InlineData(Signals.Kill, false, false)]
    [InlineData(Signals.Kill, false, true)]
    [InlineData(Signals.Stop, true, false)]
    [InlineData(Signals.Stop, true, true)]
    [InlineData(Signals.Stop, false, false)]
    [InlineData(Signals.Stop, false, true)]
    public async Task Its_answers_go_on(int signal, bool stream, bool picture)
    {
        await Fleet.HealthyAsync();
        var question = LlamaQuestions.Of("What are you? 🦀", picture ? LlamaQuestions.Red : null, stream, Tokens);
        var undisturbed = await Fleet.Chat.AskAsync(question);
        Assert.True(undisturbed is { Whole: true, CompletionTokens: Tokens, Finish: "length" }, $"{undisturbed}");
        var asking = Enumerable.Range(0, AtOnce).Select(_ => Fleet.Chat.AskAsync(question)).ToList();
        var victim = await AnsweringAsync();
        var (engine, starts) = (victim.Engine, victim.Engines.Count);
        Signals.Send(engine, signal);
        var answers = await Task.WhenAll(asking);

        Assert.All(answers, a => Assert.True(a is { Status: 200, Whole: true, ErrorCode: null, RoleDeltas: 1, Ids: 1 }, $"{a}"));
        Assert.All(answers, a => Assert.Equal(undisturbed.Content, a.Content)); // with temperature 0 also the text that goes on from text
        var moved = answers.Where(a => a.Kinds.Count > 0).ToList();
        Assert.NotEmpty(moved);
        Assert.All(moved.Where(a => a.Kinds.Contains("text")), a => Assert.True(a.Approximate, $"{a}"));
        if (stream)
            Assert.Contains(moved, a => a.Kinds.Contains("text"));
        output.WriteLine($"{moved.Count} answers moved ({string.Join(", ", moved.SelectMany(a => a.Kinds))}), "
            + $"silent for at most {moved.SelectMany(a => a.Silences).DefaultIfEmpty().Max():0} ms");
        await Poll.UntilAsync(() => victim.Engines.Count > starts);
        Assert.False(ParentedShim.Lives(engine));
    }

    /// <summary>The first shim whose server is in the middle of an answer.</summary>
    private async Task<LlamaShim> AnsweringAsync()
    {
        LlamaShim? found = null;
        await Poll.UntilAsync(async () =>
        {
            foreach (var shim in Fleet.Shims)
                found ??= await Fleet.AnsweringAsync(shim) > 0 ? shim : null;
            return found is not null;
        });
        return found!;
    }
}
