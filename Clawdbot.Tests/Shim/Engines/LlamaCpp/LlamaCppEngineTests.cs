using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.LlamaCpp;

/// <summary>What llama.cpp's server says (see <see cref="LlamaCppFake"/>), as a gateway hears it through a real shim.</summary>
public sealed class LlamaCppEngineTests(LlamaCppShim shim) : IClassFixture<LlamaCppShim>
{
    private const string Messages = """[{"role":"user","content":[{"type":"text","text":"图?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]""";

    private LlamaCppFake Fake => shim.Fakes[0];

    private FleetCaller Caller => shim.Callers[0];

    [Fact]
    public async Task Text_comes_token_by_token_with_its_cost_at_the_finish_and_folded_it_is_the_same()
    {
        var (streamed, folded) = (await AskAsync(""","seed":3"""), await AskAsync(""","seed":3""", new GenerationExtras(Fold: true)));

        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("tokens", 12))} finish usage done", streamed.Names);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(streamed.Text));
        Assert.Equal(new GenerationFinish(0, "stop", null, 5, 12), Assert.Single(streamed.Finishes));
        Assert.All(streamed.Of("tokens"), t => Assert.False(t.TryGetProperty("ids", out _)));
        Assert.Equal("start tokens finish usage done", folded.Names);
        Assert.Equal(streamed.Text, folded.Text);
    }

    [Fact]
    public async Task The_engine_gets_the_clients_own_words_pictures_and_all()
    {
        await Caller.GenerateAsync($$"""{"model":"m","top_k":20,"n":1,"messages":{{Messages}}}""", new GenerationExtras(Seed: 7));

        var body = JsonNode.Parse(Fake.Core.Bodies.Last())!.AsObject();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Messages), body["messages"]));
        Assert.Equal((7, 20), (body["seed"]!.GetValue<int>(), body["top_k"]!.GetValue<int>()));
        Assert.True(body["stream"]!.GetValue<bool>() && body["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.False(body.ContainsKey("cache_prompt"));
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData("-1", int.MaxValue)] // which means another one each time there
    [InlineData("4294967295", int.MaxValue)]
    [InlineData("9223372036854775807", int.MaxValue)]
    [InlineData("4294967301", 5)]
    public async Task A_seed_fits_what_the_engine_keeps_of_it(string seed, int sent)
    {
        await AskAsync($",\"seed\":{seed}");

        Assert.Equal(sent, JsonNode.Parse(Fake.Core.Bodies.Last())!["seed"]!.GetValue<long>());
    }

    [Fact]
    public async Task Tool_calls_and_log_probabilities_come_as_pieces()
    {
        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("piece", 12))} finish usage done",
            (await AskAsync(""","tools":[{}]""")).Names);
        Assert.Equal("tool_calls", Assert.Single((await AskAsync(""","tools":[{}]""")).Finishes).Reason);
        Assert.Equal(12, (await AskAsync(""","logprobs":true""")).Of("piece").Count());
    }

    [Fact]
    public async Task Several_choices_are_refused_and_the_client_is_told_what_to_do()
    {
        var asked = Fake.Core.Bodies.Count;
        var answer = await AskAsync(""","n":2""");

        Assert.Equal((HttpStatusCode.BadRequest, "unsupported_value", "n"), (answer.Status, answer.Error?.Code, answer.Error?.Param));
        Assert.Equal(asked, Fake.Core.Bodies.Count);
    }

    [Fact]
    public async Task A_client_that_leaves_frees_the_slot_as_the_engine_itself_says()
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
            await Caller.StatusAsync(s => s.CacheUse == (5 + 3) / (8.0 * LlamaCppFake.Context));
        }
        await Poll.UntilAsync(() => Fake.Core.Running == 0);
        await Caller.StatusAsync(s => s.CacheUse == 0);
        Fake.Core.TokenDelay = _ => Task.CompletedTask;
    }

    [Theory]
    [InlineData(EngineFaultKind.Cut, "engine_cut")]
    [InlineData(EngineFaultKind.HalfEvent, "engine_cut")]
    [InlineData(EngineFaultKind.Malformed, "engine_malformed")]
    [InlineData(EngineFaultKind.ErrorEvent, "engine_failed")]
    internal async Task What_fails_on_the_way_ends_in_an_error_event_behind_what_came(EngineFaultKind kind, string code)
    {
        foreach (var tokens in (int[])[0, 1, 5, 12])
        {
            Fake.Core.Script.Enqueue(new EngineFault(kind, tokens));
            var answer = await AskAsync();

            Assert.Equal(code, answer.Error?.Code);
            Assert.Equal(Enumerable.Range(0, tokens), EngineCore.Positions(answer.Text));
            Assert.Empty(answer.Finishes);
        }
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_is_the_clients_fault_in_the_engines_words()
    {
        Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.Refusal) { Status = 400, Message = LlamaCppFake.TooLong });
        var answer = await AskAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded", LlamaCppFake.TooLong),
            (answer.Status, answer.Error?.Code, answer.Error?.Message));
    }

    private static string Question(string more) =>
        $$"""{"model":"{{LlamaCppFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""";

    private Task<FleetAnswer> AskAsync(string more = "", GenerationExtras? extras = null) =>
        Caller.GenerateAsync(Question(more), extras, TestContext.Current.CancellationToken);
}
