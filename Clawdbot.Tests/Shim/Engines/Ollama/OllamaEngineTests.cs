using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>What Ollama says (see <see cref="OllamaFake"/>), as a gateway hears it through a real shim.</summary>
public sealed class OllamaEngineTests(OllamaShim shim) : IClassFixture<OllamaShim>
{
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
        Assert.Equal(new GenerationFinish(0, "length", null, 5, 7), Assert.Single((await AskAsync(""","max_tokens":7""")).Finishes));
    }

    [Fact]
    public async Task The_engine_gets_the_request_in_its_own_dialect()
    {
        await shim.Caller.GenerateAsync("""{"model":"qwen3-vl:30b","max_completion_tokens":7,"temperature":0.70,"stop":"END","messages":[{"role":"user","content":[{"type":"text","text":"\u56fe?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""", new GenerationExtras(Seed: 7));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"model":"qwen3-vl:30b","stream":true,"truncate":false,"shift":false,"keep_alive":-1,"messages":[{"role":"user","content":"图?","images":["AAAA"]}],
             "options":{"seed":7,"num_predict":7,"num_ctx":16384,"temperature":0.70,"stop":["END"]}}
            """), JsonNode.Parse(shim.Fake.Core.Bodies.Last())), shim.Fake.Core.Bodies.Last());
    }

    [Fact]
    public async Task A_tool_call_comes_whole_as_one_piece_in_OpenAIs_shape()
    {
        var answer = await AskAsync(""","tools":[{"type":"function","function":{"name":"look"}}]""");
        var call = answer.Of("piece").Single().GetProperty("choice").GetProperty("delta").GetProperty("tool_calls")[0];

        Assert.Equal("start piece finish usage done", answer.Names);
        Assert.Equal("tool_calls", Assert.Single(answer.Finishes).Reason);
        Assert.Equal(("call_ab12cd34", "function", "look"),
            (call.GetProperty("id").GetString(), call.GetProperty("type").GetString(),
                call.GetProperty("function").GetProperty("name").GetString()));
        Assert.Equal(Enumerable.Range(0, 12),
            EngineCore.Positions(
                JsonNode.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!)!["at"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Log_probabilities_come_with_their_text()
    {
        var pieces = (await AskAsync(""","logprobs":true,"top_logprobs":2""")).Of("piece").Select(p => p.GetProperty("choice")).ToList();

        Assert.Equal(12, pieces.Count);
        Assert.All(pieces,
            p => Assert.Equal(p.GetProperty("delta").GetProperty("content").GetString(),
                p.GetProperty("logprobs").GetProperty("content")[0].GetProperty("token").GetString()));
        Assert.Equal(2, JsonNode.Parse(shim.Fake.Core.Bodies.Last())!["top_logprobs"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_client_that_leaves_frees_the_place()
    {
        var (third, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        shim.Fake.Core.TokenDelay = i =>
        {
            if (i < 3)
                return Task.CompletedTask;
            third.TrySetResult();
            return never.Task;
        };
        using (await shim.Caller.SendAsync(Question(""), new GenerationExtras(), TestContext.Current.CancellationToken))
        {
            await third.Task;
            Assert.Equal(1, shim.Fake.Core.Running);
        }
        await Poll.UntilAsync(() => shim.Fake.Core.Running == 0);
        shim.Fake.Core.TokenDelay = _ => Task.CompletedTask;
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
            shim.Fake.Core.Script.Enqueue(new EngineFault(kind, tokens));
            var answer = await AskAsync();

            Assert.Equal(code, answer.Error?.Code);
            Assert.Equal(Enumerable.Range(0, tokens), EngineCore.Positions(answer.Text));
            Assert.Empty(answer.Finishes);
        }
    }

    [Theory]
    [InlineData(EngineFaultKind.Empty, 200, HttpStatusCode.BadGateway, "engine_cut")]
    [InlineData(EngineFaultKind.WebPage, 200, HttpStatusCode.BadGateway, "engine_malformed")]
    [InlineData(EngineFaultKind.ResetAtOnce, 200, HttpStatusCode.BadGateway, "engine_unreachable")]
    [InlineData(EngineFaultKind.Refusal, 503, HttpStatusCode.ServiceUnavailable, "engine_busy")]
    [InlineData(EngineFaultKind.Refusal, 500, HttpStatusCode.BadGateway, "engine_failed")]
    [InlineData(EngineFaultKind.Refusal, 404, HttpStatusCode.NotFound, "context_length_exceeded")]
    [InlineData(EngineFaultKind.Refusal, 400, HttpStatusCode.BadRequest, "context_length_exceeded")]
    internal async Task What_fails_before_anything_came_has_a_status(EngineFaultKind kind, int status, HttpStatusCode told, string code)
    {
        var fault = new EngineFault(kind)
        {
            Status = status,
            Message = "the prompt is longer than the context length currently available to the model",
        };
        for (var i = 0; i < 2; i++) // on a connection that was kept, and on a new one
            shim.Fake.Core.Script.Enqueue(fault);
        var answer = await AskAsync();
        shim.Fake.Core.Script.Clear();

        Assert.Equal((told, code), (answer.Status, answer.Error?.Code));
        if (kind == EngineFaultKind.Refusal)
            Assert.Contains("the prompt is longer", answer.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_under_status_200_is_told_in_the_engines_words()
    {
        shim.Fake.Core.Script.Enqueue(new EngineFault(EngineFaultKind.ErrorEvent, 5));

        Assert.Contains("CUDA error", (await AskAsync()).Error!.Message, StringComparison.Ordinal);
    }

    private static string Question(string more) =>
        $$"""{"model":"{{OllamaFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""";

    private Task<FleetAnswer> AskAsync(string more = "", GenerationExtras? extras = null) =>
        shim.Caller.GenerateAsync(Question(more), extras, TestContext.Current.CancellationToken);
}
