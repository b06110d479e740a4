using System.Text;
using System.Text.RegularExpressions;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;
using static Clawdbot.Tests.Shim.Engines.Http.TakenChunks;

namespace Clawdbot.Tests.Shim.Engines.Http;

public sealed class ChatChunksTests
{
    [Fact]
    public void Text_is_text_and_what_is_empty_is_nothing() => Assert.Equal(["0: Hi []"], Take(new ChatChunks(1),
        """{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""",
        """{"choices":[{"index":0,"delta":{"content":"Hi","refusal":null,"tool_calls":[],"reasoning_content":""},"logprobs":null,"stop_reason":null}]}""",
        """{"choices":[{"delta":null}]}""",
        """{"choices":[]}""",
        """{"id":"x"}"""));

    [Theory]
    [InlineData("""{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm"}}""", """0: {"delta":{"reasoning_content":"Hm"}}""")]
    [InlineData("""{"index":0,"delta":{"content":"图","tool_calls":[{"index":0}]}}""",
        """0: {"delta":{"content":"图","tool_calls":[{"index":0}]}}""")]
    [InlineData("""{"index":0,"delta":{"content":"A"},"logprobs":{"content":[{"token":"A"}]}}""",
        """0: {"delta":{"content":"A"},"logprobs":{"content":[{"token":"A"}]}}""")]
    [InlineData("""{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}}""",
        """0: {"delta":{"tool_calls":[{"index":0,"id":"c"}]}}""")]
    public void What_is_more_than_text_is_a_piece(string choice, string piece) =>
        Assert.Equal([piece], Take(new ChatChunks(1), $$"""{"choices":[{{choice}}]}"""));

    [Fact]
    public void The_end_is_held_back_until_the_cost_is_known_and_the_last_choice_bears_it()
    {
        var chunks = new ChatChunks(2);
        Take(chunks, """{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}""");
        Assert.False(chunks.IsFinished);
        Take(chunks, """{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""");
        Assert.Equal((true, false), (chunks.IsFinished, chunks.IsComplete));
        Take(chunks, """{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":30}}""");

        Assert.True(chunks.IsComplete);
        Assert.Equal([new EngineFinished(0, "length", "", 7, 0), new EngineFinished(1, "stop", "", 7, 30)], chunks.Finishes());
    }

    [Fact]
    public void An_engine_that_tells_no_cost_ends_without_one()
    {
        var chunks = new ChatChunks(1);
        Take(chunks, """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"usage":null}""");

        Assert.Equal([new EngineFinished(0, "stop", "", null, null)], chunks.Finishes());
    }

    [Fact]
    public void What_was_delivered_before_is_answer_and_not_prompt()
    {
        var chunks = new ChatChunks(1, delivered: 4);
        Take(chunks, """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":3}}""");

        Assert.Equal([new EngineFinished(0, "stop", "", 7, 7)], chunks.Finishes());
    }

    [Fact]
    public void Text_waits_for_the_ids_that_it_belongs_to_or_for_the_end()
    {
        var chunks = new ChatChunks(1, withIds: true);
        var steps = Take(chunks,
            """{"choices":[{"index":0,"delta":{"content":"a"},"token_ids":[1,2]}]}""",
            """{"choices":[{"index":0,"delta":{"content":""},"token_ids":[3]}]}""",
            """{"choices":[{"index":0,"delta":{"content":"b"}}]}""",
            """{"choices":[{"index":0,"delta":{"content":"c"},"token_ids":[4]}]}""",
            """{"choices":[{"index":0,"delta":{"content":"d"},"token_ids":null,"finish_reason":"stop"}]}""");

        Assert.Equal(["0: a [1,2]", "0:  [3]", "0: bc [4]"], steps);
        Assert.Equal("d", Assert.Single(chunks.Finishes()).Text);
    }

    [Fact]
    public void Text_and_ids_that_come_with_the_reason_travel_with_the_finish()
    {
        var chunks = new ChatChunks(1, withIds: true);
        var steps = Take(chunks,
            """{"prompt_token_ids":[7,8,9],"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""",
            """{"choices":[{"index":0,"delta":{"content":"a"},"token_ids":[1]}]}""",
            """{"choices":[{"index":0,"delta":{"content":"b"},"token_ids":[2,3],"finish_reason":"stop"}]}""");

        Assert.Equal(["0: a [1]"], steps);
        Assert.Equal([new EngineFinished(0, "stop", "b", 3, null) { Count = 2 }], chunks.Finishes());
        Assert.Equal([2, 3], chunks.Last(0));
    }

    [Theory]
    [InlineData("abort")]
    [InlineData("error")] // OpenRouter, vLLM
    [InlineData("engine_error")]
    [InlineData("cancelled")]
    [InlineData("insufficient_system_resource")] // DeepSeek
    public void A_reason_that_tells_of_a_failure_is_no_end(string reason)
    {
        var failure = Assert.Throws<EngineFailureException>(
            () => Take(new ChatChunks(1), $$"""{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"{{reason}}"}]}"""));

        Assert.Equal("engine_aborted", failure.Code);
    }

    [Theory]
    [InlineData("model_length")] // Mistral
    [InlineData("content_filter")]
    [InlineData("eos")]
    public void Any_other_reason_is_an_end_in_the_engines_own_word(string reason)
    {
        var chunks = new ChatChunks(1);
        Take(chunks, $$"""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"{{reason}}"}]}""");

        Assert.Equal(reason, Assert.Single(chunks.Finishes()).Reason);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void What_is_no_chunk_is_the_engines_failure(string json) =>
        Assert.Throws<EngineFailureException>(() => Take(new ChatChunks(1), json));

    [Fact]
    public void What_comes_for_choices_that_nobody_asked_for_is_left_alone()
    {
        var chunks = new ChatChunks(1);

        Assert.Empty(Take(chunks,
            """{"choices":[{"index":1,"delta":{"content":"x"}},{"index":-1,"delta":{"content":"x"}},{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            """{"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}"""));
        Assert.Equal(("stop", false), (Assert.Single(chunks.Finishes()).Reason, chunks.WentOn));
    }

    [Fact]
    public void Text_behind_a_reason_that_was_said_early_is_not_lost_and_the_last_reason_counts()
    {
        var chunks = new ChatChunks(1);
        var steps = Take(chunks,
            """{"choices":[{"delta":{"content":"a"},"finish_reason":""}]}""",
            """{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1}}""");
        Assert.Equal((true, false, true, false), (chunks.IsFinished, chunks.IsComplete, chunks.MayGoOn, chunks.WentOn));
        steps.AddRange(Take(chunks,
            """{"choices":[{"delta":{"content":"c"},"finish_reason":"length"}],"usage":{"prompt_tokens":2,"completion_tokens":3}}"""));

        Assert.Equal(["0: a []", "0: b []", "0: c []"], steps);
        Assert.True(chunks.WentOn);
        Assert.Equal([new EngineFinished(0, "length", "", 2, 3)], chunks.Finishes());
    }

    [Fact]
    public void Ids_and_text_behind_an_early_reason_travel_with_the_finish()
    {
        var chunks = new ChatChunks(1, withIds: true);
        Take(chunks,
            """{"choices":[{"delta":{"content":"a"},"token_ids":[1],"finish_reason":"stop"}]}""",
            """{"choices":[{"delta":{"content":"b"},"token_ids":[2,3]}]}""");

        Assert.Equal([new EngineFinished(0, "stop", "ab", null, null) { Count = 3 }], chunks.Finishes());
        Assert.Equal([1, 2, 3], chunks.Last(0));
    }

    [Theory]
    [InlineData("""{"content":"x"}""", "stop")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"c","function":{"name":"look","arguments":"{}"}}]}""", "tool_calls")]
    public void What_the_engine_ends_without_a_reason_has_one(string delta, string reason)
    {
        var chunks = new ChatChunks(1);
        Take(chunks, $$$"""{"choices":[{"delta":{{{delta}}}}]}""");
        Assert.False(chunks.IsFinished);
        chunks.Close();

        Assert.Equal(reason, Assert.Single(chunks.Finishes()).Reason);
    }

    [Fact]
    public void What_never_began_has_not_ended()
    {
        var chunks = new ChatChunks(2);
        Take(chunks, """{"choices":[{"index":1,"delta":{"content":"x"}}]}""");
        chunks.Close();

        Assert.False(chunks.IsFinished);
    }

    [Theory]
    [InlineData("two at index 0", """{"index":0,"id":"a","function":{"name":"f","arguments":"1"}} {"index":0,"id":"b","function":{"name":"g","arguments":"2"}} {"index":0,"function":{"arguments":"3"}}""", "0 1 1")]
    [InlineData("no index", """{"id":"a","function":{"name":"f"}} {"function":{"arguments":"1"}} {"id":"b","function":{"name":"g"}} {"function":{"arguments":"2"}}""", "0 0 1 1")]
    [InlineData("no index, no id", """{"function":{"name":"f","arguments":"{}"}} {"function":{"name":"g","arguments":"{}"}}""", "0 1")]
    [InlineData("the id in each piece", """{"index":0,"id":"a","function":{"name":"f"}} {"index":0,"id":"a","function":{"arguments":"1"}} {"index":0,"id":"b","function":{"name":"g"}} {"index":0,"id":"a","function":{"arguments":"2"}}""", "0 0 1 0")]
    [InlineData("a new id in each piece", """{"index":0,"id":"a","function":{"name":"f"}} {"index":0,"id":"b","function":{"arguments":"1"}}""", "0 0")]
    [InlineData("the id late", """{"index":0,"function":{"name":"f"}} {"index":0,"id":"a","function":{"arguments":"1"}}""", "0 0")]
    [InlineData("one id, made of the name, for two calls", """{"index":0,"id":"call_f","function":{"name":"f","arguments":"1"}} {"index":1,"id":"call_f","function":{"name":"f","arguments":"2"}}""", "0 1")]
    [InlineData("an index only at first", """{"index":0,"id":"a","function":{"name":"f"}} {"function":{"arguments":"1"}} {"index":0,"function":{"arguments":"2"}}""", "0 0 0")]
    [InlineData("as they should be", """{"index":0,"id":"a","function":{"name":"f"}} {"index":1,"id":"b","function":{"name":"g"}} {"index":0,"function":{"arguments":"1"}}""", "0 1 0")]
    [InlineData("from 1", """{"index":1,"id":"a","function":{"name":"f"}} {"index":2,"id":"b","function":{"name":"g"}} {"index":2,"function":{"arguments":"1"}}""", "0 1 1")]
    public void Each_tool_call_has_an_index_of_its_own(string how, string pieces, string indices)
    {
        var chunks = Apart(pieces).Select(p => $$$"""{"choices":[{"delta":{"tool_calls":[{{{p}}}]}}]}""");
        var given = Take(new ChatChunks(1), [.. chunks]).Select(s => Regex.Match(s, "\"index\":(\\d+)").Groups[1].Value);

        Assert.Equal((how, indices), (how, string.Join(' ', given)));
    }

    [Fact]
    public void A_character_whose_halves_come_in_two_events_is_one()
    {
        var chunks = new ChatChunks(1);
        var steps = Take(chunks,
            """{"choices":[{"delta":{"content":"a\ud83d"}}]}""",
            """{"choices":[{"delta":{"content":"\ude00b\n","reasoning_content":"\ud83d"}}]}""",
            """{"choices":[{"delta":{"reasoning_content":"\ude01"}}]}""",
            """{"choices":[{"delta":{"content":"c\ud83d"}}]}""",
            """{"choices":[{"delta":{"content":"d\ud83d"},"finish_reason":"stop"}]}""");

        Assert.Equal(["0: a []", """0: {"delta":{"content":"\uD83D\uDE00b\n","reasoning_content":""}}""", """0: {"delta":{"reasoning_content":"\uD83D\uDE01"}}""",
            "0: c []", "0: \uFFFDd []"], steps);
        Assert.Equal("\uFFFD", Assert.Single(chunks.Finishes()).Text); // half a character is no text, and is not lost in silence
    }

    [Fact]
    public void Content_in_parts_is_text_and_thoughts_are_thoughts()
    {
        Assert.Equal(["0: ab []", """0: {"delta":{"content":"c","reasoning_content":"hm"}}"""], Take(new ChatChunks(1),
            """{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}""",
            """{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"c"}]}}]}"""));
        Assert.Throws<EngineFailureException>(() => Take(new ChatChunks(1), """{"choices":[{"delta":{"content":[{"type":"audio","data":"x"}]}}]}"""));
    }

    [Fact]
    public void Ids_are_part_of_the_answer_only_for_a_client_that_asked_for_them()
    {
        const string chunk = """{"prompt_token_ids":[7,8],"choices":[{"delta":{"content":"a"},"token_ids":[1,2]}]}""";
        ChatChunks Asked(string field) => ChatChunks.For(new RawObject(Encoding.UTF8.GetBytes($"{{{field}}}")), withIds: true);
        var (asked, not) = (Asked("\"return_token_ids\":true"), Asked("\"return_token_ids\":false"));

        Assert.Equal(["""0: {"delta":{"content":"a"},"token_ids":[1,2]}"""], Take(asked, chunk));
        Assert.Equal(["0: a [1,2]"], Take(not, chunk));
        Assert.Equal([7, 8], asked.Start.PromptIds!);
        Assert.Null(not.Start.PromptIds);
    }
}
