using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using static Clawdbot.Tests.Shim.Engines.Http.TakenChunks;

namespace Clawdbot.Tests.Shim.Engines.Http;

/// <summary>What engines say beside the text of an answer: how many tokens it has, and what they are.</summary>
public sealed class ChatChunkCountsTests
{
    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":2,"completion_tokens":1},"choices":[]} {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"usage":{"prompt_tokens":2,"completion_tokens":0},"choices":[{"delta":{"content":"x"}}]} {"usage":{"prompt_tokens":2,"completion_tokens":1},"choices":[{"delta":{},"finish_reason":"stop"}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":"x"},"finish_reason":"stop","usage":{"prompt_tokens":2,"completion_tokens":1}}]}""")]
    public void Token_counts_are_read_wherever_they_stand(string chunks)
    {
        var taken = new ChatChunks(1);
        Take(taken, Apart(chunks));

        Assert.Equal([new EngineFinished(0, "stop", "", 2, 1)], taken.Finishes());
    }

    [Theory]
    [InlineData("one token in each event, whatever is in it", """{"choices":[{"delta":{"content":" internationalisation"}}]} {"choices":[{"delta":{"content":"\n\n    "}}]} {"choices":[{"delta":{"content":"你好，世界"}}]}""", "1 1 1")]
    [InlineData("several words are several tokens", """{"choices":[{"delta":{"content":"The picture shows a harbour with"}}]}""", "8")]
    [InlineData("many characters are several tokens", """{"choices":[{"delta":{"content":"这张图片显示了一个港口和许多帆船停泊在那里的情景。"}}]}""", "18")]
    [InlineData("log probabilities are one for each token", """{"choices":[{"delta":{"content":"The picture shows"},"logprobs":{"content":[{"token":"The"},{"token":" picture"},{"token":" shows"}]}}]}""", "3")]
    [InlineData("ids that nobody asked for tell it too", """{"choices":[{"delta":{"content":"The"},"token_ids":[1,2,3,4]}]}""", "4")]
    [InlineData("usage so far", """{"choices":[{"delta":{"content":"The picture shows"}}],"usage":{"completion_tokens":3}} {"choices":[{"delta":{"content":" a"}}],"usage":{"completion_tokens":7}} {"choices":[{"delta":{"content":"x"}}],"usage":{"completion_tokens":7}}""", "3 4 1")]
    [InlineData("timings so far, of llama.cpp", """{"choices":[{"delta":{"content":"a b c"}}],"timings":{"predicted_n":9}}""", "9")]
    [InlineData("usage of several choices says nothing of one", """{"choices":[{"index":1,"delta":{"content":"x"}}],"usage":{"completion_tokens":9}}""", "1")]
    [InlineData("usage before any text says nothing of an event", """{"choices":[],"usage":{"completion_tokens":30}} {"choices":[{"delta":{"content":"x"}}]}""", "1")]
    [InlineData("tokens of a thought", """{"choices":[{"delta":{"reasoning_content":"The picture shows a harbour with"}}]}""", "8")]
    [InlineData("arguments that come whole", """{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"look","arguments":"{\"where\": \"at the sea\"}"}}]}}]}""", "5")]
    public void Tokens_that_travel_together_are_counted(string how, string chunks, string counts)
    {
        var steps = new List<EngineEvent>();
        var taken = new ChatChunks(how.Contains("several choices", StringComparison.Ordinal) ? 2 : 1);
        foreach (var json in Apart(chunks))
        {
            using var chunk = JsonDocument.Parse(json);
            taken.Take(chunk.RootElement, steps);
        }

        Assert.Equal((how, counts), (how, string.Join(' ', steps.Select(s => s is EngineTokens t ? t.Count : ((EnginePiece)s).Count))));
    }

    [Theory]
    [InlineData(""","timings":{"cache_n":4,"prompt_n":3,"predicted_n":6}""", 7, 6)]
    [InlineData(""","timings":{"prompt_n":3,"predicted_n":6}""", null, 6)]
    [InlineData(""","timings":{"cache_n":4,"prompt_n":3,"predicted_n":6},"usage":{"prompt_tokens":8,"completion_tokens":5}""", 8, 5)]
    [InlineData(""","meta_info":{"prompt_tokens":7,"completion_tokens":6,"finish_reason":{"type":"stop"}}""", 7, 6)]
    [InlineData(""","details":{"finish_reason":"eos_token","generated_tokens":6,"prefill":[]}""", null, 6)]
    [InlineData(""","usage":{"prompt_tokens":-1,"completion_tokens":99999999999}""", null, null)]
    [InlineData(""","usage":{"prompt_tokens":"8","completion_tokens":5.5}""", null, null)]
    public void Other_counts_than_usage_are_understood(string fields, int? prompt, int? completion)
    {
        var (beside, within) = (new ChatChunks(1), new ChatChunks(1));
        Take(beside, $$$"""{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]{{{fields}}}}""");
        Take(within, $$$"""{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"{{{fields}}}}]}""");

        Assert.Equal([new EngineFinished(0, "stop", "", prompt, completion)], beside.Finishes());
        Assert.Equal([new EngineFinished(0, "stop", "", prompt, completion)], within.Finishes());
    }

    [Fact]
    public void What_the_engine_says_of_itself_and_of_the_end_is_kept()
    {
        var chunks = new ChatChunks(2);
        Take(chunks, """{"system_fingerprint":"fp_1","service_tier":"default","prompt_token_ids":[1],"choices":[{"index":0,"delta":{"content":"x"},"token_ids":[2]}]}""");
        Take(chunks,
            """{"system_fingerprint":"fp_2","choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":151645}]}""",
            """{"choices":[{"index":1,"delta":{},"finish_reason":"stop","stop_reason":"END"}]}""",
            """{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":4}}}""");
        var finishes = chunks.Finishes().ToList();

        Assert.Equal(new EngineStarted(7) { Fingerprint = "fp_1", Tier = "default" }, chunks.Start);
        Assert.Equal(["151645", "\"END\""], finishes.Select(f => f.StopReason?.GetRawText()));
        Assert.Equal([null, """{"prompt_tokens_details":{"cached_tokens":4}}"""], finishes.Select(f => f.UsageDetails?.GetRawText()));
    }

    [Theory]
    [InlineData("""{"system_fingerprint":null,"choices":[{"delta":{},"finish_reason":"stop","stop_reason":null}]}""")]
    [InlineData("""{"system_fingerprint":7,"service_tier":[],"choices":[{"delta":{},"finish_reason":"stop","stop_reason":{"a":1}}]}""")]
    [InlineData("""{"system_fingerprint":"\ud83d","service_tier":"","choices":[{"delta":{},"finish_reason":"stop","stop_reason":1.5}]}""")]
    public void What_is_of_another_type_was_not_said(string json)
    {
        var chunks = new ChatChunks(1);
        Take(chunks, json);

        Assert.Equal((new EngineStarted(null), new EngineFinished(0, "stop", "", null, null)), (chunks.Start, Assert.Single(chunks.Finishes())));
    }
}
