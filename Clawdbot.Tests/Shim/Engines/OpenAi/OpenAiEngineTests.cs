using System.Net;
using System.Text.Json.Nodes;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Deploy;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines.OpenAi;

/// <summary>What an OpenAI-compatible server says, as a gateway hears it through a real shim.</summary>
public sealed class OpenAiEngineTests(OpenAiShim shim) : IClassFixture<OpenAiShim>
{
    private const string Picture =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

    [Fact]
    public async Task Text_comes_token_by_token_with_its_cost_at_the_finish()
    {
        var answer = await AskAsync();

        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("tokens", 12))} finish usage done", answer.Names);
        Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.Text));
        Assert.Equal(new GenerationFinish(0, "stop", null, 5, 12), Assert.Single(answer.Finishes));
        Assert.Equal(OpenAiFake.Model, answer.Of("start").Single().GetProperty("model").GetString());
        Assert.All(answer.Of("tokens"), t => Assert.False(t.TryGetProperty("ids", out _)));
    }

    [Fact]
    public async Task Folded_it_comes_at_once_and_is_the_same()
    {
        var (streamed, folded) = (await AskAsync(""","seed":3"""), await AskAsync(""","seed":3""", new GenerationExtras(Fold: true)));

        Assert.Equal("start tokens finish usage done", folded.Names);
        Assert.Equal(streamed.Text, folded.Text);
    }

    [Fact]
    public async Task The_engine_gets_the_clients_own_words_pictures_and_all()
    {
        var messages = $$$"""[{"role":"user","content":[{"type":"text","text":"\u56fe?"},{"type":"image_url","image_url":{"url":"{{{Picture}}}"}}]}]""";
        await shim.Caller.GenerateAsync($$"""{"model":"m", "temperature":0.70,"messages":{{messages}},"stream":false}""",
            new GenerationExtras(Seed: 7));

        var sent = shim.Fake.Core.Bodies.Last();
        Assert.Contains($"\"messages\":{messages}", sent, StringComparison.Ordinal);
        Assert.Contains("\"temperature\":0.70,", sent, StringComparison.Ordinal);
        var body = JsonNode.Parse(sent)!.AsObject();
        Assert.True(body["stream"]!.GetValue<bool>() && body["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.Equal(7, body["seed"]!.GetValue<long>());
        Assert.False(body.ContainsKey("clawdbot"));
    }

    [Fact]
    public async Task The_clients_seed_goes_before_the_gateways()
    {
        var same = (await AskAsync(""","seed":3""", new GenerationExtras(Seed: 8))).Text;

        Assert.Equal((await AskAsync(""","seed":3""")).Text, same);
        Assert.NotEqual((await AskAsync("", new GenerationExtras(Seed: 8))).Text, same);
    }

    [Fact]
    public async Task Several_choices_come_side_by_side()
    {
        var answer = await AskAsync(""","n":3""");

        Assert.Equal(3, Enumerable.Range(0, 3).Select(answer.TextOf).Distinct().Count());
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Enumerable.Range(0, 12), EngineCore.Positions(answer.TextOf(i))));
        Assert.Equal([0, 0, 36], answer.Finishes.Select(f => f.CompletionTokens!.Value));
    }

    [Fact]
    public async Task Tool_calls_come_as_pieces_and_folded_as_one_whole()
    {
        var streamed = await AskAsync(""","seed":3,"tools":[{}]""");
        Assert.Equal($"start {string.Join(' ', Enumerable.Repeat("piece", 12))} finish usage done", streamed.Names);
        var first = streamed.Of("piece").First();
        Assert.Equal("look",
            first.GetProperty("choice").GetProperty("delta").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name")
                .GetString());

        var folded = await AskAsync(""","seed":3,"tools":[{}]""", new GenerationExtras(Fold: true));
        Assert.Equal("start piece piece finish usage done", folded.Names);
        Assert.Equal("{}", folded.Of("piece").First().GetProperty("choice").GetRawText());
        var call = folded.Of("piece").Last().GetProperty("choice").GetProperty("message").GetProperty("tool_calls")[0];
        var arguments = streamed.Of("piece").Select(p => p.GetProperty("choice").GetProperty("delta").GetProperty("tool_calls")[0])
            .Select(c => c.GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal(string.Concat(arguments), call.GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal("tool_calls", Assert.Single(folded.Finishes).Reason);
    }

    [Fact]
    public async Task Log_probabilities_come_with_the_text_that_they_are_of()
    {
        var streamed = await AskAsync(""","seed":3,"logprobs":true""");
        var tokens = streamed.Of("piece").Select(p => p.GetProperty("choice")).ToList();
        Assert.Equal(12, tokens.Count);
        Assert.All(tokens,
            t => Assert.Equal(t.GetProperty("delta").GetProperty("content").GetString(),
                t.GetProperty("logprobs").GetProperty("content")[0].GetProperty("token").GetString()));

        var folded = await AskAsync(""","seed":3,"logprobs":true""", new GenerationExtras(Fold: true));
        Assert.Equal(string.Concat(tokens.Select(t => t.GetProperty("delta").GetProperty("content").GetString())), folded.Text);
        Assert.Equal(12, folded.Of("piece").Last().GetProperty("choice").GetProperty("logprobs").GetProperty("content").GetArrayLength());
    }

    [Fact]
    public async Task It_goes_on_from_text_and_the_client_pays_for_the_answer_once()
    {
        var whole = await AskAsync(""","seed":3,"max_tokens":10""");
        var given = string.Concat(EngineCore.Tokenize(whole.Text).Take(4).Select(EngineCore.Text));
        var generated = shim.Fake.Core.Generated;
        var rest = await AskAsync(""","seed":3,"max_tokens":10""", new GenerationExtras(ContinueText: given, Delivered: 4));

        Assert.Equal(Enumerable.Range(0, 10), EngineCore.Positions(given + rest.Text));
        Assert.Equal(6, shim.Fake.Core.Generated - generated);
        Assert.Equal(new GenerationFinish(0, "length", null, 5, 10), Assert.Single(rest.Finishes));
        Assert.Equal(6, JsonNode.Parse(shim.Fake.Core.Bodies.Last())!["max_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task Where_the_limit_is_reached_the_engine_is_asked_only_what_the_prompt_cost()
    {
        var generated = shim.Fake.Core.Generated;
        var rest = await AskAsync(""","max_tokens":4""", new GenerationExtras(ContinueText: "甲0 乙1 丙2 丁3 ", Delivered: 4));

        Assert.Equal("start finish usage done", rest.Names);
        Assert.Equal(new GenerationFinish(0, "length", null, null, 4), Assert.Single(rest.Finishes));
        Assert.Equal(5, rest.Of("start").Single().GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(1, shim.Fake.Core.Generated - generated);
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
        using (await shim.Caller.SendAsync("""{"model":"m","messages":[]}""", new GenerationExtras(),
            TestContext.Current.CancellationToken))
        {
            await third.Task;
            Assert.Equal(1, shim.Fake.Core.Running);
        }
        await Poll.UntilAsync(() => shim.Fake.Core.Running == 0);
        shim.Fake.Core.TokenDelay = _ => Task.CompletedTask;
    }

    [Fact]
    public async Task A_continuation_that_the_request_does_not_allow_is_refused()
    {
        var answer = await AskAsync(""","n":2""", new GenerationExtras(ContinueText: "甲0 ", Delivered: 1));

        Assert.Equal((HttpStatusCode.Conflict, "continuation_mismatch"), (answer.Status, answer.Error?.Code));
    }

    private Task<FleetAnswer> AskAsync(string more = "", GenerationExtras? extras = null) =>
        shim.Caller.GenerateAsync($$"""{"model":"{{OpenAiFake.Model}}","messages":[{"role":"user","content":"hi"}]{{more}}}""", extras,
            TestContext.Current.CancellationToken);
}
