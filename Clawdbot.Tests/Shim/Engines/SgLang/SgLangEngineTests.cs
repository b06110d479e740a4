using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.SgLang;

/// <summary>What SGLang 0.5 says (see <see cref="SgLangFake"/>), as a gateway hears it through a real shim.</summary>
public sealed class SgLangEngineTests(SgLangShim shim) : IClassFixture<SgLangShim>
{
    private SgLangFake Fake => shim.Fakes[0];

    private FleetCaller Caller => shim.Callers[0];

    [Fact]
    public async Task Text_comes_token_by_token_with_its_cost_at_the_finish_and_folded_it_is_the_same()
    {
        var (streamed, folded) = (await AskAsync(""","seed":3"""), await AskAsync(""","seed":3""", new GenerationExtras(Fold: true)));

        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("tokens", 12))} finish usage done", streamed.Names);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(streamed.Text));
        Assert.Equal(new GenerationFinish(0, "stop", null, 5, 12), Assert.Single(streamed.Finishes));
        Assert.Equal("start tokens finish usage done", folded.Names);
        Assert.Equal(streamed.Text, folded.Text);
    }

    [Fact]
    public async Task The_engine_gets_the_clients_own_words_pictures_and_all_and_a_name_to_abort_them_by()
    {
        const string Messages = """[{"role":"user","content":[{"type":"text","text":"图?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]""";
        await Caller.GenerateAsync($$"""{"model":"m","rid":"mine","top_k":20,"messages":{{Messages}}}""", new GenerationExtras(Seed: 7));

        var body = JsonNode.Parse(Fake.Core.Bodies.Last())!.AsObject();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Messages), body["messages"]));
        Assert.Equal((7, 20), (body["seed"]!.GetValue<int>(), body["top_k"]!.GetValue<int>()));
        Assert.Matches("^clawdbot-[0-9a-f]{24}$", body["rid"]!.GetValue<string>());
        Assert.True(body["stream"]!.GetValue<bool>() && body["stream_options"]!["include_usage"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Several_choices_come_side_by_side_and_have_no_name_in_common()
    {
        var answer = await AskAsync(""","n":3""");

        Assert.Equal(3, Enumerable.Range(0, 3).Select(answer.TextOf).Distinct().Count());
        Assert.Null(JsonNode.Parse(Fake.Core.Bodies.Last())!["rid"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(EngineFaultKind.Leak)]
    internal async Task A_client_that_leaves_frees_the_place_even_where_a_closed_connection_does_not(EngineFaultKind? kind)
    {
        var (third, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        if (kind is { } fault)
            Fake.Core.Script.Enqueue(new EngineFault(fault));
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
    public async Task Cut_anywhere_it_goes_on_from_text_and_only_what_was_missing_is_generated()
    {
        var whole = await AskAsync(""","seed":3,"max_tokens":11""");
        for (var cut = 1; cut < 11; cut++)
        {
            var (given, generated) = (string.Concat(EngineCore.Tokenize(whole.Text).Take(cut).Select(EngineCore.Text)),
                shim.Fakes[1].Core.Generated);
            var rest = await shim.Callers[1].GenerateAsync(Question(""","seed":3,"max_tokens":11"""),
                new GenerationExtras(ContinueText: given, Delivered: cut));
            Assert.Equal(Enumerable.Range(0, 11), EngineCore.Positions(given + rest.Text));
            Assert.Equal(new GenerationFinish(0, "length", null, 5, 11), Assert.Single(rest.Finishes));
            Assert.Equal(11 - cut, shim.Fakes[1].Core.Generated - generated);
        }
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_answer_elsewhere_and_another_seed_another()
    {
        var (one, again, other) = (await AskAsync("", new GenerationExtras(Seed: 1)),
            await shim.Callers[1].GenerateAsync(Question(""), new GenerationExtras(Seed: 1)),
            await AskAsync("", new GenerationExtras(Seed: 2)));

        Assert.Equal(one.Text, again.Text);
        Assert.NotEqual(one.Text, other.Text);
    }

    [Fact]
    public async Task From_token_ids_it_can_not_go_on()
    {
        var answer = await AskAsync("", new GenerationExtras(Continue: [1]));

        Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (answer.Status, answer.Error?.Code));
    }

    [Fact]
    public async Task An_error_under_status_200_and_an_answer_that_was_broken_off_are_failures_behind_what_came()
    {
        Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.ErrorEvent, 5));
        var error = await AskAsync();
        Fake.AbortsAfter = 5;
        var broken = await AskAsync();
        Fake.AbortsAfter = null;

        Assert.Equal(("engine_failed", "engine_aborted"), (error.Error?.Code, broken.Error?.Code));
        Assert.Contains("Detokenizer is dead.", error.Error!.Message, StringComparison.Ordinal);
        Assert.All([error, broken], a => Assert.Equal(Enumerable.Range(0, 5), EngineCore.Positions(a.Text)));
        Assert.All([error, broken], a => Assert.Empty(a.Finishes));
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_is_the_clients_fault_in_the_engines_words()
    {
        Fake.Core.Script.Enqueue(
            new EngineFault(EngineFaultKind.Refusal)
            {
                Status = 400,
                Message = "The input (20000 tokens) is longer than the model's context length (16384 tokens).",
            });
        var answer = await AskAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded"), (answer.Status, answer.Error?.Code));
    }

    [Fact]
    public async Task What_it_is_and_its_load_are_in_the_status()
    {
        var gate = new TaskCompletionSource();
        await using var fake = await SgLangFake.StartAsync(new EngineCore { Places = 1, TokenDelay = _ => gate.Task });
        await using var own = await SgLangShim.StartAsync(fake);
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var both = Enumerable.Range(0, 2).Select(_ => caller.GenerateAsync(Question(""))).ToList();

        var busy = await caller.StatusAsync(s => s is { Waiting: 1, CacheUse: 1 });
        Assert.Equal((SgLangFake.Model, "sglang 0.5.20", SgLangFake.ContextLength, 0.25),
            (busy.Model, busy.Engine, busy.ContextTokens, busy.CacheHitRate));
        Assert.Equal((ContinuationKind.Text, false), (busy.Continuation, busy.Repeatable));
        var (one, two) = (await Caller.StatusAsync(_ => true), await shim.Callers[1].StatusAsync(_ => true));
        Assert.Equal((true, one.Identity), (one.Repeatable, two.Identity));
        Assert.NotEqual(one.Identity, busy.Identity);
        gate.SetResult();
        await Task.WhenAll(both);
    }

    [Fact]
    public async Task A_server_that_is_not_what_was_configured_is_not_used_and_one_without_metrics_is_without_numbers_only()
    {
        await using var fake = new SgLangFake(new EngineCore()) { IsDeterministic = false, HasMetrics = false };
        await fake.ListenAsync();
        await using var deterministic = await SgLangShim.StartAsync(fake, "--Engine:SgLang:Deterministic=true");
        using var caller = new FleetCaller(deterministic.Address);
        await using var plain = await SgLangShim.StartAsync(fake);
        using var other = new FleetCaller(plain.Address);

        var refused = await caller.StatusAsync(s => s.Reason.Contains("--enable-deterministic-inference", StringComparison.Ordinal));
        Assert.Equal(ShimVerdict.Starting, refused.Verdict);
        Assert.Equal((0, null),
            ((await other.StatusAsync(s => s.Verdict == ShimVerdict.Ready)) is var ready ? (ready.Waiting, ready.CacheUse) : default));
    }

    private static string Question(string more) =>
        $$"""{"model":"{{SgLangFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""";

    private Task<FleetAnswer> AskAsync(string more = "", GenerationExtras? extras = null) =>
        Caller.GenerateAsync(Question(more), extras, TestContext.Current.CancellationToken);
}
