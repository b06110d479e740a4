using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Vllm;

/// <summary>What vLLM 0.32 says (see <see cref="VllmFake"/>), as a gateway hears it through a real shim.</summary>
public sealed class VllmEngineTests(VllmShim shim) : IClassFixture<VllmShim>
{
    /// <summary>Twelve of the core's, two each, and the end's.</summary>
    private const int Tokens = 25;

    private VllmFake Fake => shim.Fakes[0];

    private FleetCaller Caller => shim.Callers[0];

    [Fact]
    public async Task Text_comes_token_by_token_with_its_ids_and_the_last_token_with_the_finish()
    {
        var answer = await AskAsync();

        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("tokens", Tokens - 1))} finish usage done", answer.Names);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.Text));
        Assert.Equal(answer.Text, VllmTokens.Decode(Ids(answer)));
        Assert.Equal(6, answer.Of("start").Single().GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(new GenerationFinish(0, "stop", null, 6, Tokens), Assert.Single(answer.Finishes));
        Assert.Equal(Tokens, answer.Of("usage").Single().GetProperty("generated").GetInt32());
    }

    [Fact]
    public async Task A_token_that_ends_within_a_character_is_told_without_text()
    {
        var tokens = (await AskAsync()).Of("tokens").ToList();

        Assert.All(tokens.Where((_, i) => i % 2 == 0), t => Assert.Equal("", t.GetProperty("text").GetString()));
        Assert.All(tokens.Where((_, i) => i % 2 == 1), t => Assert.NotEqual("", t.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Folded_it_comes_in_few_events_and_is_the_same()
    {
        var (streamed, folded) = (await AskAsync(""","seed":3"""), await AskAsync(""","seed":3""", new GenerationExtras(Fold: true)));

        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("tokens", (Tokens - 1) / VllmShim.Folded))} finish usage done",
            folded.Names);
        Assert.Equal(streamed.Text, folded.Text);
        Assert.Equal(Ids(streamed), Ids(folded));
    }

    [Fact]
    public async Task A_picture_counts_among_the_prompts_tokens_and_changes_the_answer()
    {
        var (one, other, none) = (await AskAsync(""","seed":3""", picture: "AAAA"), await AskAsync(""","seed":3""", picture: "BBBB"),
            await AskAsync(""","seed":3"""));

        Assert.Equal(3, new[] { one.Text, other.Text, none.Text }.Distinct().Count());
        Assert.Equal((12, 12),
            (one.Of("start").Single().GetProperty("prompt_tokens").GetInt32(), Assert.Single(one.Finishes).PromptTokens));
    }

    [Fact]
    public async Task Ids_and_usage_are_asked_for_and_the_rest_is_the_clients_own()
    {
        await AskAsync(""","temperature":0.70,"top_k":20""", new GenerationExtras(Seed: 7));

        var body = JsonNode.Parse(Fake.Core.Bodies.Last())!.AsObject();
        Assert.True(body["stream"]!.GetValue<bool>() && body["return_token_ids"]!.GetValue<bool>()
            && body["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.Equal((7, 20), (body["seed"]!.GetValue<int>(), body["top_k"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Several_choices_come_side_by_side()
    {
        var answer = await AskAsync(""","n":3""");

        Assert.Equal(3, Enumerable.Range(0, 3).Select(answer.TextOf).Distinct().Count());
        Assert.Equal([0, 0, 3 * Tokens], answer.Finishes.Select(f => f.CompletionTokens!.Value));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_the_place_and_the_engines_own_numbers_show_it()
    {
        var (third, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        Fake.Core.TokenDelay = i =>
        {
            if (i < 3)
                return Task.CompletedTask;
            third.TrySetResult();
            return never.Task;
        };
        using (await Caller.SendAsync(Question(""), new GenerationExtras(), TestContext.Current.CancellationToken))
        {
            await third.Task;
            await Caller.StatusAsync(s => s.CacheUse == 1.0 / 8);
        }
        await Poll.UntilAsync(() => Fake.Core.Running == 0);
        await Caller.StatusAsync(s => s.CacheUse == 0);
        Fake.Core.TokenDelay = _ => Task.CompletedTask;
    }

    [Fact]
    public async Task What_it_is_and_can_do_is_in_the_status()
    {
        var status = await Caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);

        Assert.Equal((VllmFake.Model, "vllm 0.32.0", VllmFake.MaxLength), (status.Model, status.Engine, status.ContextTokens));
        Assert.Equal((ContinuationKind.Ids, true), (status.Continuation, status.Repeatable));
        Assert.Equal(["an-adapter"], status.AlsoModels!);
        Assert.Equal(status.Identity, (await shim.Callers[1].StatusAsync(_ => true)).Identity);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_load_is_read_by_the_names_of_its_time(bool isOld)
    {
        var gate = new TaskCompletionSource();
        await using var fake = await VllmFake.StartAsync(new EngineCore { Places = 1, TokenDelay = _ => gate.Task, Deferred = 7 });
        fake.IsOld = isOld;
        await using var own = await VllmShim.HostedAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var both = Enumerable.Range(0, 2).Select(_ => caller.GenerateAsync(Question(""))).ToList();

        var busy = await caller.StatusAsync(s => s is { Waiting: 1, CacheUse: 1 }); // what is deferred does not wait for room
        Assert.Equal((isOld ? "vllm 0.8.5" : "vllm 0.32.0", ContinuationKind.Text, false),
            (busy.Engine, busy.Continuation, busy.Repeatable));
        gate.SetResult();
        await Task.WhenAll(both);
        Assert.Equal(0.5, (await caller.StatusAsync(s => s.Waiting == 0 && s.CacheHitRate > 0)).CacheHitRate);
    }

    internal static string Question(string more, string? picture = null) => picture is null
        ? $$"""{"model":"{{VllmFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}"""
        : $$$"""{"model":"{{{VllmFake.Model}}}","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{picture}}}"}}]}]{{{more}}}}""";

    internal static List<int> Ids(FleetAnswer answer) =>
        [.. answer.Of("tokens").SelectMany(t => t.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()))];

    private Task<FleetAnswer> AskAsync(string more = "", GenerationExtras? extras = null, string? picture = null) =>
        Caller.GenerateAsync(Question(more, picture), extras, TestContext.Current.CancellationToken);
}
