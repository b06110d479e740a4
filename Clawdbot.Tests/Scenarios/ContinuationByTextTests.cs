using Clawdbot.Testing.Faults;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Scenarios;

/// <summary>Answers of llama.cpp and Ollama, cut at every place there is: they go on from their text, through a gateway.</summary>
[Collection(ContinuationFleetGroup.Name)]
public sealed class ContinuationByTextTests(ContinuationFleets fleets, ITestOutputHelper output)
{
    private const string LlamaCpp = "llamacpp";
    private const string Ollama = "ollama";
    private const string Picture = "QUJDREVGRw==";

    [Theory]
    [InlineData(LlamaCpp, true)]
    [InlineData(LlamaCpp, false)]
    [InlineData(Ollama, true)]
    [InlineData(Ollama, false)]
    public async Task Text_is_neither_lost_nor_repeated_at_the_seam_and_the_answer_says_that_it_is_approximate(string kind, bool stream)
    {
        var fleet = await FleetAsync(kind);
        var undisturbed = await fleet.AskAsync(stream, ",\"max_tokens\":10");
        Assert.Equal(10, undisturbed.CompletionTokens);
        for (var cut = 0; cut < 14; cut++)
        {
            var before = fleet.Generated;
            var seen = await fleet.AskAsync(stream, ",\"max_tokens\":10", disturbances: new Disturbance.Cut(cut));
            var moved = stream && cut is > 1 and < 12;
            Assert.Equal(Enumerable.Range(0, 10), EngineCore.Positions(seen.Text));
            Assert.Equal(undisturbed.Content with { Text = seen.Text }, seen.Content);
            Assert.True(seen.Whole && seen.Approximate == moved && seen.RoleDeltas == undisturbed.RoleDeltas && seen.Ids == 1, $"cut {cut}: {seen}");
            if (moved)
                Assert.Equal(["text"], seen.Kinds);
        }
        output.WriteLine($"{kind}, {(stream ? "streamed" : "plain")}: 14 cuts, neither lost nor repeated");
    }

    [Theory]
    [InlineData(LlamaCpp)]
    [InlineData(Ollama)]
    public async Task Exactly_or_not_at_all_is_an_explicit_error(string kind)
    {
        var fleet = await FleetAsync(kind);
        var seen = await fleet.AskAsync("exact", stream: true, new Disturbance.Cut(5));

        Assert.Equal((false, "cannot_continue_exactly"), (seen.Whole, seen.ErrorCode));
        Assert.Equal(Enumerable.Range(0, 4), EngineCore.Positions(seen.Text));
    }

    [Fact]
    public async Task A_deterministic_llama_cpp_says_it_again_and_the_client_sees_no_seam()
    {
        await using var fleet = await ContinuationFleet.StartAsync(LlamaCpp, LlamaCppFake.Model, () => new LlamaCppFake(new EngineCore { Places = 1 }), "--Engine:LlamaCpp:Deterministic=true");
        var undisturbed = await fleet.AskAsync(true);
        for (var cut = 0; cut < 16; cut++)
        {
            var seen = await fleet.AskAsync(true, disturbances: new Disturbance.Cut(cut));
            Assert.Equal(undisturbed.Content, seen.Content);
            Assert.True(seen is { Whole: true, Approximate: false }, $"cut {cut}: {seen}");
        }
        Assert.NotEqual(undisturbed.Text, (await fleet.AskAsync(true, seed: 4)).Text);
    }

    [Theory]
    [InlineData(LlamaCpp)]
    [InlineData(Ollama)]
    public async Task A_picture_comes_through_to_the_engine(string kind)
    {
        var fleet = await FleetAsync(kind);
        var seen = await fleet.Chat.SendAsync(ChatClient.Body($$$"""[{"type":"text","text":"what is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Picture}}}"}}]""",
            stream: true, seed: 3, model: kind == LlamaCpp ? LlamaCppFake.Model : OllamaFake.Model), stream: true);

        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(seen.Text));
        Assert.Contains(Picture, Assert.Single(fleet.Bodies), StringComparison.Ordinal);
    }

    private Task<ContinuationFleet> FleetAsync(string kind) => kind == LlamaCpp ? fleets.LlamaCppAsync() : fleets.OllamaAsync();
}
