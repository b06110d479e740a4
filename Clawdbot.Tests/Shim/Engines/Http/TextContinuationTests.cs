using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class TextContinuationTests
{
    [Theory]
    [InlineData("ContinueFinalMessage", """{"model":"m","add_generation_prompt":false,"continue_final_message":true}""",
        """{"role":"assistant","content":"Das \"图\" "}""")]
    [InlineData("Prefill", """{"model":"m","echo":true}""", """{"role":"assistant","content":"Das \"图\" "}""")]
    [InlineData("Prefix", """{"model":"m","echo":true}""", """{"role":"assistant","content":"Das \"图\" ","prefix":true}""")]
    public async Task What_the_client_has_already_becomes_the_assistants_last_message(string style, string fields, string message)
    {
        var (sent, goesOn) = await ApplyAsync(""","echo":true""", style);

        Assert.True(goesOn);
        Assert.Equal(2, sent["messages"]!.AsArray().Count);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(message), sent["messages"]![1]), sent.ToJsonString());
        sent.Remove("messages");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(fields), sent), sent.ToJsonString());
    }

    [Theory]
    [InlineData(""","max_tokens":10""", 7, null, true)]
    [InlineData(""","max_completion_tokens":10,"max_tokens":20""", 17, 7, true)]
    [InlineData(""","max_tokens":4""", 1, null, true)]
    [InlineData(""","max_tokens":3""", 0, null, false)]
    [InlineData(""","max_completion_tokens":2,"max_tokens":20""", 17, -1, false)]
    [InlineData(""","max_tokens":null""", null, null, true)]
    public async Task The_limit_is_lowered_by_what_was_delivered(string fields, int? max, int? completion, bool isMore)
    {
        var (sent, goesOn) = await ApplyAsync(fields);

        Assert.Equal(isMore, goesOn);
        Assert.Equal(max, sent["max_tokens"]?.GetValue<int>());
        Assert.Equal(completion, sent["max_completion_tokens"]?.GetValue<int>());
    }

    [Theory]
    [InlineData(""","n":2""", "Prefill", """{"role":"user","content":"hi"}""")]
    [InlineData("", "None", """{"role":"user","content":"hi"}""")]
    [InlineData("", "Prefill", """{"role":"user","content":"hi"},{"role":"assistant","content":"Dear"}""")]
    [InlineData("", "Prefill", """{"content":[{"role":"user"}],"role":"assistant"}""")]
    public async Task What_can_not_be_done_is_refused(string fields, string style, string messages)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => ApplyAsync(fields, style, messages));

        Assert.Equal((409, "continuation_mismatch"), (refusal.Status, refusal.Code));
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":"Dear"},{"role":"user","content":"hi"}""")]
    [InlineData("""{"role":"assistant"},{"content":[{"role":"assistant"}],"role":"user"}""")]
    [InlineData("""{"role":"assistant"},{"content":"a tool's words"}""")]
    public async Task An_assistants_message_before_the_last_is_no_hindrance(string messages) =>
        Assert.True((await ApplyAsync("", "Prefill", messages)).GoesOn);

    private static async Task<(JsonObject Sent, bool GoesOn)> ApplyAsync(
        string fields, string style = "ContinueFinalMessage", string messages = """{"role":"user","content":"hi"}""")
    {
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{messages}}]{{fields}}}""");
        var raw = new RawObject(body);
        var edit = new RawEdit(raw);
        var goesOn = TextContinuation.Apply(edit, raw,
            new EngineRequest(body, new GenerationExtras(ContinueText: "Das \"图\" ", Delivered: 3)),
            Enum.Parse<TextContinuationStyle>(style));
        using var content = edit.ToContent();
        return (JsonNode.Parse(await content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject(), goesOn);
    }
}
