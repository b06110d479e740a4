using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Ollama;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>OpenAI's requests in Ollama's dialect: every field is taken, or says nothing of the answer, or is refused.</summary>
public sealed class OllamaRequestsTests
{
    private const string Hi = """{"role":"user","content":"hi"}""";

    [Theory]
    [InlineData(""","max_tokens":9,"max_completion_tokens":7""", """{"num_predict":7}""", "{}")]
    [InlineData(""","temperature":0.5,"top_p":0.9,"top_k":20,"min_p":0.1,"presence_penalty":1,"frequency_penalty":-1""",
        """{"temperature":0.5,"top_p":0.9,"top_k":20,"min_p":0.1,"presence_penalty":1,"frequency_penalty":-1}""", "{}")]
    [InlineData(""","repetition_penalty":1.1,"stop":["a","b"]""", """{"repeat_penalty":1.1,"stop":["a","b"]}""", "{}")]
    [InlineData(""","seed":-1""", """{"seed":2147483647}""", "{}")]
    [InlineData(""","response_format":{"type":"json_object"}""", "{}", """{"format":"json"}""")]
    [InlineData(""","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}""", "{}",
        """{"format":{"type":"object"}}""")]
    [InlineData(""","response_format":{"type":"text"},"n":1,"user":"u","metadata":{"a":"b"},"logit_bias":{},"functions":[],"audio":null,"parallel_tool_calls":true,"tool_choice":"auto" """, "{}", "{}")]
    [InlineData(""","tools":[{"type":"function"}],"tool_choice":"none" """, "{}", "{}")]
    [InlineData(""","tools":[{"type":"function"}],"logprobs":true,"top_logprobs":3""", "{}",
        """{"tools":[{"type":"function"}],"logprobs":true,"top_logprobs":3}""")]
    [InlineData(""","reasoning_effort":"none" """, "{}", """{"think":false}""")]
    [InlineData(""","reasoning_effort":"high" """, "{}", """{"think":"high"}""")]
    [InlineData(""","reasoning_effort":"high","think":false""", "{}", """{"think":false}""")]
    public async Task Fields_have_their_counterparts(string fields, string options, string more)
    {
        var sent = (await SentAsync(Hi, fields))!;

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(options), sent["options"]), sent.ToJsonString());
        foreach (var name in (string[])["model", "stream", "truncate", "shift", "keep_alive", "messages", "options"])
            Assert.True(sent.Remove(name), name);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(more), sent), sent.ToJsonString());
    }

    [Theory]
    [InlineData(""","n":2""", "n")]
    [InlineData(""","logit_bias":{"1":2}""", "logit_bias")]
    [InlineData(""","tool_choice":"required" """, "tool_choice")]
    [InlineData(""","tool_choice":{"type":"function"}""", "tool_choice")]
    [InlineData(""","parallel_tool_calls":false""", "parallel_tool_calls")]
    [InlineData(""","response_format":{"type":"grammar"}""", "response_format")]
    [InlineData(""","response_format":{"type":"json_schema","json_schema":{"name":"x"}}""", "response_format")]
    [InlineData(""","guided_regex":"a+" """, "guided_regex")]
    [InlineData(""","modalities":["audio"]""", "modalities")]
    [InlineData(""","reasoning_effort":"extreme" """, "reasoning_effort")]
    [InlineData(""","top_k":"20" """, "top_k")]
    [InlineData(""","stop":5""", "stop")]
    [InlineData(""","num_ctx":100000""", "num_ctx")]
    public async Task What_has_none_is_refused_by_its_name(string fields, string param)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => SentAsync(Hi, fields));

        Assert.Equal((400, "unsupported_value", param), (refusal.Status, refusal.Code, refusal.Param));
    }

    [Theory]
    [InlineData("""{"role":"developer","content":"be brief"}""", """{"role":"system","content":"be brief"}""")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"a \"b\""},{"type":"image_url","image_url":{"url":"data:image\/png;base64,AA\/A"}},{"type":"text","text":"c"},{"type":"image_url","image_url":{"url":"data:;base64,BBBB"}}]}""",
        """{"role":"user","content":"a \"b\"\nc","images":["AA/A","BBBB"]}""")]
    [InlineData("""{"role":"assistant","content":null,"refusal":null,"annotations":[],"reasoning_content":"hm","tool_calls":[{"id":"1","type":"function","function":{"name":"look","arguments":"{\"at\": [1]}"}}]},{"role":"tool","tool_call_id":"1","content":"seen"}""",
        """{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"1","function":{"name":"look","arguments":{"at":[1]}}}]},{"role":"tool","content":"seen","tool_call_id":"1","tool_name":"look"}""")]
    [InlineData("""{"role":"tool","name":"look","tool_call_id":"2","content":"seen"}""",
        """{"role":"tool","content":"seen","tool_name":"look","tool_call_id":"2"}""")]
    [InlineData("""{"role":"function","name":"look","content":"seen"}""", """{"role":"tool","content":"seen","tool_name":"look"}""")]
    [InlineData("""{"role":"critic","content":"hm"}""", """{"role":"critic","content":"hm"}""")]
    [InlineData("""{"role":"assistant","content":"","refusal":"no"}""", """{"role":"assistant","content":"no"}""")]
    [InlineData("""{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}""", """{"role":"assistant","content":"no"}""")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"look","arguments":""}},{"id":"2","function":{"name":"go"}}]}""",
        """{"role":"assistant","content":"","tool_calls":[{"id":"1","function":{"name":"look","arguments":{}}},{"id":"2","function":{"name":"go","arguments":{}}}]}""")]
    public async Task Messages_have_their_counterparts(string messages, string sent) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse($"[{sent}]"), (await SentAsync(messages))!["messages"]),
            (await SentAsync(messages))!["messages"]!.ToJsonString());

    [Theory]
    [InlineData("""{"role":"","content":"x"}""", "messages[0].role")]
    [InlineData("""{"role":"user","name":"Ann","content":"x"}""", "messages[0].name")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/x.png"}}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"assistant","content":"","tool_calls":[{"function":{"name":"look","arguments":"[1]"}}]}""",
        "messages[0].tool_calls[0].function.arguments")]
    [InlineData("""{"role":"assistant","content":"yes","refusal":"no"}""", "messages[0].refusal")]
    [InlineData("""{"role":"user","content":5}""", "messages[0].content")]
    public async Task A_message_without_one_is_refused_by_its_place(string message, string param)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => SentAsync(message));

        Assert.Equal((400, param), (refusal.Status, refusal.Param));
    }

    [Fact]
    public async Task What_the_client_has_already_becomes_the_assistants_last_message_and_the_limit_is_lowered_by_it()
    {
        var sent = (await SentAsync(Hi, ""","max_tokens":10""", new GenerationExtras(ContinueText: "Das \"图\" ", Delivered: 3)))!;

        Assert.Equal("""[{"role":"user","content":"hi"},{"role":"assistant","content":"Das \u0022\u56FE\u0022 "}]""",
            sent["messages"]!.ToJsonString());
        Assert.Equal(7, sent["options"]!["num_predict"]!.GetValue<int>());
        Assert.Null(await SentAsync(Hi, ""","max_tokens":3""", new GenerationExtras(ContinueText: "a", Delivered: 3)));
    }

    [Theory]
    [InlineData("0.12.7", true)]
    [InlineData("0.12.11-rc0", false)]
    [InlineData("0.33.0", false)]
    [InlineData("0.0.0", false)]
    [InlineData("", false)]
    public async Task An_old_version_would_leave_log_probabilities_out_without_a_word(string version, bool isRefused)
    {
        var model = new OllamaModel(version, [], "m", "", null, null, null);
        Assert.NotNull(await SentAsync(Hi, ""","logprobs":false""", model: model));
        if (isRefused)
            Assert.Equal("logprobs",
                (await Assert.ThrowsAsync<EngineRefusalException>(() => SentAsync(Hi, ""","logprobs":true""", model: model))).Param);
        else
            Assert.NotNull(await SentAsync(Hi, ""","logprobs":true""", model: model));
    }

    private static async Task<JsonObject?> SentAsync(
        string messages, string fields = "", GenerationExtras? extras = null, OllamaModel? model = null)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{messages}}]{{fields}}}""");
        using var content = new OllamaRequests(new EngineOptions(), new OllamaOptions())
            .ToChat(new EngineRequest(body, extras ?? new GenerationExtras()), new RawObject(body), model, "m");
        return content is null ? null : JsonNode.Parse(await content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
    }
}
