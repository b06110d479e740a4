using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Vllm;

/// <summary>Answers of one vLLM that go on at another, cut wherever they can be.</summary>
public sealed class VllmContinuationTests(VllmShim shim, ITestOutputHelper output) : IClassFixture<VllmShim>
{
    [Theory]
    [InlineData("characters of several tokens", false, 1)]
    [InlineData("characters of several tokens", true, 1)]
    [InlineData("characters of several tokens", false, 3)]
    [InlineData("a picture", false, 1)]
    [InlineData("a picture", true, 1)]
    [InlineData("max_tokens", false, 1)]
    [InlineData("max_tokens", true, 1)]
    [InlineData("max_tokens within a character", false, 1)]
    [InlineData("the default limit of the engine", false, 1)]
    [InlineData("a stop string that comes", false, 1)]
    [InlineData("a stop string that comes", true, 1)]
    [InlineData("a stop string that comes", false, 3)]
    [InlineData("a stop string that only begins", false, 1)]
    [InlineData("a stop string that only begins", true, 1)]
    public async Task Cut_anywhere_it_is_the_same_and_only_what_was_missing_is_generated(string what, bool fold, int interval)
    {
        shim.Fakes.ForEach(f => f.Interval = interval);
        var body = VllmEngineTests.Question(await ConditionAsync(what), what == "a picture" ? "AAAA" : null);
        var whole = await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: 3, Fold: fold));
        var events = whole.Of("tokens").ToList();
        Assert.True(events.Count > 3, whole.Names);

        for (var cut = 1; cut <= events.Count; cut++)
        {
            var given = VllmEngineTests.Ids(new FleetAnswer(HttpStatusCode.OK, [.. whole.Events.Where(e => e.Name == "tokens").Take(cut)]));
            var generated = shim.Fakes[1].Core.Generated;
            var rest = await shim.Callers[1].GenerateAsync(body,
                new GenerationExtras(Seed: 3, Continue: given, Delivered: given.Count, Fold: fold));
            Assert.Equal(whole.Text, string.Concat(events.Take(cut).Select(e => e.GetProperty("text").GetString())) + rest.Text);
            var (expected, finish) = (Assert.Single(whole.Finishes), Assert.Single(rest.Finishes));
            Assert.Equal((expected.Reason, expected.PromptTokens), (finish.Reason, finish.PromptTokens));
            Assert.Equal((what == "a stop string that comes", expected.StopReason?.GetString()), (finish.StopReason is not null, finish.StopReason?.GetString()));
            if (what == "a stop string that comes")
                continue; // begun before the seam it is met by the shim, and the engine may be a token further
            Assert.Equal(expected.CompletionTokens, finish.CompletionTokens);
            Assert.Equal(expected.CompletionTokens!.Value - given.Count, shim.Fakes[1].Core.Generated - generated);
        }
        await Poll.UntilAsync(() => shim.Fakes[1].Core.Running == 0);
        shim.Fakes.ForEach(f => f.Interval = 1);
        output.WriteLine($"{what}{(fold ? ", folded" : "")}, {interval} a chunk: {events.Count} cuts, all identical");
    }

    [Theory]
    [InlineData(EngineFaultKind.Cut)]
    [InlineData(EngineFaultKind.HalfEvent)]
    [InlineData(EngineFaultKind.ErrorEvent)]
    [InlineData(EngineFaultKind.Malformed)]
    internal async Task Wherever_an_engine_dies_the_other_goes_on_from_what_was_heard(EngineFaultKind kind)
    {
        var body = VllmEngineTests.Question("");
        var whole = await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: 5));
        for (var cut = 1; cut <= 24; cut++)
        {
            shim.Fakes[0].Core.Script.Enqueue(new EngineFault(kind, cut));
            var heard = await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: 5));
            Assert.NotNull(heard.Error);
            Assert.Empty(heard.Finishes);
            var rest = await shim.Callers[1].GenerateAsync(body, new GenerationExtras(Seed: 5, Continue: VllmEngineTests.Ids(heard)));
            Assert.Equal(whole.Text, heard.Text + rest.Text);
        }
    }

    [Fact]
    public async Task A_continuation_can_be_cut_and_go_on_in_its_turn()
    {
        var body = VllmEngineTests.Question("");
        var whole = await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: 5));
        var (ids, text) = (new List<int>(), "");
        for (var attempt = 0; attempt < 12; attempt++)
        {
            shim.Fakes[attempt % 2].Core.Script.Enqueue(new EngineFault(EngineFaultKind.Cut, 2));
            var heard = await shim.Callers[attempt % 2].GenerateAsync(body, new GenerationExtras(Seed: 5, Continue: ids));
            Assert.Equal(2, VllmEngineTests.Ids(heard).Count);
            (ids, text) = ([.. ids, .. VllmEngineTests.Ids(heard)], text + heard.Text);
        }
        Assert.Equal(whole.Text, text + (await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: 5, Continue: ids))).Text);
    }

    [Fact]
    public async Task Two_seeds_give_different_answers_and_go_on_as_they_began()
    {
        var body = VllmEngineTests.Question("");
        var answers = new List<string>();
        foreach (var seed in (long[])[1, 2])
        {
            var whole = await shim.Callers[0].GenerateAsync(body, new GenerationExtras(Seed: seed));
            var given = VllmEngineTests.Ids(whole).Take(8).ToList();
            var rest = await shim.Callers[1].GenerateAsync(body, new GenerationExtras(Seed: seed, Continue: given));
            Assert.Equal(whole.Text, VllmTokens.Decode(given) + rest.Text);
            answers.Add(whole.Text);
        }
        Assert.NotEqual(answers[0], answers[1]);
    }

    [Fact]
    public async Task The_engine_is_sent_the_rendered_prompt_with_the_given_ids_behind_it()
    {
        var body = VllmEngineTests.Question(""","max_tokens":10,"temperature":0.5""", "AAAA");
        await shim.Callers[1].GenerateAsync(body, new GenerationExtras(Seed: 3, Continue: [34, 35, 66]));

        var sent = JsonNode.Parse(shim.Fakes[1].Generates.Last())!;
        Assert.Equal([34, 35, 66], sent["token_ids"]!.AsArray().Skip(12).Select(t => t!.GetValue<int>()));
        Assert.Equal((7, 3, 0.5),
            (sent["sampling_params"]!["max_tokens"]!.GetValue<int>(), sent["sampling_params"]!["seed"]!.GetValue<int>(),
                sent["sampling_params"]!["temperature"]!.GetValue<double>()));
        Assert.NotNull(sent["features"]!["kwargs_data"]!["image"]![0]);
    }

    [Theory]
    [InlineData(""","presence_penalty":1.5""", "presence_penalty")]
    [InlineData(""","frequency_penalty":0.5""", "frequency_penalty")]
    [InlineData(""","min_tokens":5""", "min_tokens")]
    [InlineData(""","ignore_eos":true""", "ignore_eos")]
    [InlineData(""","n":2""", "'n'")]
    [InlineData(""","tools":[{}]""", "tools")]
    [InlineData(""","logprobs":true""", "logprobs")]
    public async Task What_depends_on_more_than_the_ids_is_refused_with_the_reason(string more, string reason)
    {
        var answer = await shim.Callers[0].GenerateAsync(VllmEngineTests.Question(more), new GenerationExtras(Continue: [34]));

        Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (answer.Status, answer.Error?.Code));
        Assert.Contains(reason, answer.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_rendered_without_its_data_and_an_engine_that_can_not_render_are_refused()
    {
        await using var fake = await VllmFake.StartAsync();
        await using var own = await VllmShim.HostedAsync(fake, "--Engine:Vllm:Deterministic=true");
        using var caller = new FleetCaller(own.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        fake.RendersPictures = false;
        var picture = await caller.GenerateAsync(VllmEngineTests.Question("", "AAAA"), new GenerationExtras(Continue: [34]));
        fake.IsOld = true;
        var old = await caller.GenerateAsync(VllmEngineTests.Question(""), new GenerationExtras(Continue: [34]));

        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (picture.Status, old.Status));
        Assert.Contains("--mm-processor-cache-gb 0", picture.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("/v1/chat/completions/render with 404", old.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Engine:Vllm:Deterministic=false")]
    [InlineData("--Engine:Vllm:Deterministic=true", "--Engine:Vllm:TokenContinuation=false")]
    public async Task Where_it_is_not_configured_it_goes_on_from_text_and_says_so(params string[] arguments)
    {
        await using var fake = await VllmFake.StartAsync();
        await using var own = await VllmShim.HostedAsync(fake, arguments);
        using var caller = new FleetCaller(own.Address);
        var status = await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        Assert.Equal((ContinuationKind.Text, arguments.Length > 1), (status.Continuation, status.Repeatable));
        Assert.Equal(HttpStatusCode.Conflict,
            (await caller.GenerateAsync(VllmEngineTests.Question(""), new GenerationExtras(Continue: [34]))).Status);

        var whole = await caller.GenerateAsync(VllmEngineTests.Question(""), new GenerationExtras(Seed: 3));
        for (var cut = 2; cut < 24; cut += 2)
        {
            var (given, generated) = (VllmTokens.Decode(VllmEngineTests.Ids(whole).Take(cut)), fake.Core.Generated);
            var rest = await caller.GenerateAsync(VllmEngineTests.Question(""","max_tokens":30"""),
                new GenerationExtras(Seed: 3, ContinueText: given, Delivered: cut));
            Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(given + rest.Text));
            Assert.Equal(new GenerationFinish(0, "stop", null, 6, 25), Assert.Single(rest.Finishes));
            Assert.Equal(25 - cut, fake.Core.Generated - generated);
        }
    }

    [Fact]
    public async Task Where_the_limit_is_reached_the_engine_generates_nothing()
    {
        var generated = shim.Fakes[0].Core.Generated;
        var byIds = await shim.Callers[0].GenerateAsync(VllmEngineTests.Question(""","max_tokens":2"""),
            new GenerationExtras(Continue: [34, 35]));
        var byText = await shim.Callers[0].GenerateAsync(VllmEngineTests.Question(""","max_tokens":2"""),
            new GenerationExtras(ContinueText: "甲0 ", Delivered: 2));

        Assert.Equal(new GenerationFinish(0, "length", null, 6, 2), Assert.Single(byIds.Finishes));
        Assert.Equal(new GenerationFinish(0, "length", null, null, 2), Assert.Single(byText.Finishes));
        Assert.Equal(generated, shim.Fakes[0].Core.Generated);
    }

    /// <summary>A request's further fields, taken from its own undisturbed answer.</summary>
    private async Task<string> ConditionAsync(string what)
    {
        var whole = (await shim.Callers[0].GenerateAsync(VllmEngineTests.Question(""), new GenerationExtras(Seed: 3))).Text;
        return what switch
        {
            "max_tokens" => ""","max_tokens":14""",
            "max_tokens within a character" => ""","max_completion_tokens":15""",
            "the default limit of the engine" => ""","max_tokens":16""",
            "a stop string that comes" => $$""","stop":["{{whole.Substring(whole.Length / 2, 7)}}"]""",
            "a stop string that only begins" => $$""","stop":["{{whole.Substring(whole.Length / 2, 7)}}#","{{whole[^3..]}}#"]""",
            _ => "",
        };
    }
}
