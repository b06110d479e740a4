using System.Text.Json;
using System.Text.Json.Nodes;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Ollama;

namespace Clawdbot.Tests.Shim.Engines.Ollama;

/// <summary>Ollama's lines, as chunks of OpenAI's shape.</summary>
public sealed class OllamaAnswerTests
{
    private readonly OllamaAnswer _answer = new();

    [Theory]
    [InlineData("""{"message":{"role":"assistant","content":"图"},"done":false}""", """{"choices":[{"index":0,"delta":{"content":"图"}}]}""")]
    [InlineData("""{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}""",
        """{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}""")]
    [InlineData("""{"message":{"role":"assistant","content":"a"},"done":false,"logprobs":[{"token":"a","logprob":-1}]}""",
        """{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-1}]}}]}""")]
    [InlineData(
        """{"message":{"role":"assistant","content":"z"},"done":true,"done_reason":"length","prompt_eval_count":5,"eval_count":3}""",
        """{"choices":[{"index":0,"delta":{"content":"z"},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}""")]
    [InlineData("""{"done":true,"done_reason":"stop"}""",
        """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"completion_tokens":0}}""")]
    public void A_line_is_a_chunk(string line, string chunk) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(chunk), Chunk(line)), Chunk(line).ToJsonString());

    [Fact]
    public void Tool_calls_are_numbered_through_the_answer_and_named_where_Ollama_does_not()
    {
        const string Line = """{"message":{"role":"assistant","tool_calls":[{"function":{"name":"look","arguments":{"at":1}}},{"id":"x","function":{"name":"go"}}]},"done":false}""";
        var calls = Chunk(Line)["choices"]![0]!["delta"]!["tool_calls"]!.AsArray();
        var more = Chunk(Line)["choices"]![0]!["delta"]!["tool_calls"]!.AsArray();

        Assert.Equal([0, 1, 2, 3], calls.Concat(more).Select(c => c!["index"]!.GetValue<int>()));
        Assert.Equal(("""{"at":1}""", "{}"),
            (calls[0]!["function"]!["arguments"]!.GetValue<string>(), calls[1]!["function"]!["arguments"]!.GetValue<string>()));
        Assert.Equal((true, "x"),
            (calls[0]!["id"]!.GetValue<string>().StartsWith("call_", StringComparison.Ordinal), calls[1]!["id"]!.GetValue<string>()));
        Assert.Equal("tool_calls", Chunk("""{"done":true,"done_reason":"stop"}""")["choices"]![0]!["finish_reason"]!.GetValue<string>());
    }

    [Fact]
    public void What_is_no_line_of_an_answer_is_not_taken_for_one()
    {
        Assert.Throws<JsonException>(() => Chunk("""{"status":"pulling manifest"}"""));
        Assert.Throws<JsonException>(() => Chunk("[1]"));
        Assert.Equal("engine_aborted",
            Assert.Throws<EngineFailureException>(
                () => Chunk("""{"message":{"role":"assistant"},"done":true,"done_reason":"unload"}""")).Code);
    }

    private JsonNode Chunk(string line)
    {
        using var document = JsonDocument.Parse(line);
        using var chunk = _answer.ToChunk(document.RootElement);
        return JsonNode.Parse(chunk.RootElement.GetRawText())!;
    }
}
