using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.LlamaCpp;

/// <summary>Answers that began at another llama.cpp, whatever its version makes of the words it is to go on with.</summary>
public sealed class LlamaCppSeamTests(LlamaCppShim shim) : IClassFixture<LlamaCppShim>
{
    private LlamaCppFake Second => shim.Fakes[1];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cut_anywhere_it_goes_on_from_text_and_only_what_was_missing_is_generated(bool isOld)
    {
        Second.IsOld = isOld;
        var whole = await shim.Callers[0].GenerateAsync(Question(""","seed":3,"max_tokens":11"""));
        for (var cut = 1; cut < 11; cut++)
        {
            var generated = Second.Core.Generated;
            var rest = await GoOnAsync(Given(whole.Text, cut), cut, ""","seed":3,"max_tokens":11""");
            Assert.Equal(Enumerable.Range(0, 11), EngineCore.Positions(Given(whole.Text, cut) + rest.Text));
            Assert.Equal(new GenerationFinish(0, "length", null, 5, 11), Assert.Single(rest.Finishes));
            Assert.Equal(11 - cut, Second.Core.Generated - generated);
        }
        Second.IsOld = false;
    }

    [Fact]
    public async Task What_a_build_shows_again_is_taken_off_where_it_is_too_long_for_chance()
    {
        Second.Echoes = true;
        var whole = await shim.Callers[0].GenerateAsync(Question(""));
        for (var cut = 6; cut < 12; cut++)
            Assert.Equal(Enumerable.Range(0, 12),
                EngineCore.Positions(Given(whole.Text, cut) + (await GoOnAsync(Given(whole.Text, cut), cut, "")).Text));
        Second.Echoes = false;
    }

    [Fact]
    public async Task Where_the_limit_is_reached_the_engine_is_asked_only_what_the_prompt_cost()
    {
        var generated = Second.Core.Generated;
        var rest = await GoOnAsync("甲0 乙1 丙2 丁3 ", 4, ""","max_tokens":4""");

        Assert.Equal("start finish usage done", rest.Names);
        Assert.Equal(new GenerationFinish(0, "length", null, null, 4), Assert.Single(rest.Finishes));
        Assert.Equal(5, rest.Of("start").Single().GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(generated + 1, Second.Core.Generated);
    }

    [Fact]
    public async Task Its_own_name_for_the_limit_is_lowered_too_and_less_than_nothing_is_no_limit()
    {
        await GoOnAsync("甲0 ", 1, ""","max_tokens":20,"n_predict":9""");
        Assert.Equal(8, JsonNode.Parse(Second.Core.Bodies.Last())!["n_predict"]!.GetValue<int>());
        await GoOnAsync("甲0 ", 1, ""","n_predict":-1""");
        Assert.Equal(-1, JsonNode.Parse(Second.Core.Bodies.Last())!["n_predict"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_build_that_can_not_go_on_with_a_model_that_thinks_is_no_fault_of_the_clients()
    {
        (Second.IsOld, Second.Thinks) = (true, true);
        var refused = await GoOnAsync("甲0 ", 1, "");
        (Second.IsOld, Second.Thinks) = (false, false);

        Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (refused.Status, refused.Error?.Code));
        Assert.Contains("incompatible with enable_thinking", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_token_ids_or_behind_words_of_the_clients_own_assistant_it_does_not_go_on()
    {
        var ids = await shim.Callers[1].GenerateAsync(Question(""), new GenerationExtras(Continue: [1]));
        var behind = await shim.Callers[1].GenerateAsync("""{"model":"m","messages":[{"role":"assistant","content":"Dear"}]}""",
            new GenerationExtras(ContinueText: "甲0 ", Delivered: 1));
        var several = await GoOnAsync("甲0 ", 1, ""","n":2""");

        Assert.All([ids, behind, several],
            a => Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (a.Status, a.Error?.Code)));
    }

    private static string Question(string more) =>
        $$"""{"model":"{{LlamaCppFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""";

    private static string Given(string text, int tokens) => string.Concat(EngineCore.Tokenize(text).Take(tokens).Select(EngineCore.Text));

    private Task<FleetAnswer> GoOnAsync(string given, int tokens, string more) =>
        shim.Callers[1].GenerateAsync(Question(more), new GenerationExtras(ContinueText: given, Delivered: tokens),
            TestContext.Current.CancellationToken);
}
