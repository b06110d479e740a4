using System.Text;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Http;

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
        """0: {"delta":{"tool_calls":[{"id":"c"}]}}""")]
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

    [Fact]
    public void An_answer_that_was_broken_off_is_no_answer()
    {
        var failure = Assert.Throws<EngineFailureException>(
            () => Take(new ChatChunks(1), """{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"abort"}]}"""));

        Assert.Equal("engine_aborted", failure.Code);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public void What_is_no_chunk_is_the_engines_failure(string json) =>
        Assert.Throws<EngineFailureException>(() => Take(new ChatChunks(1), json));

    [Fact]
    public void What_comes_behind_the_end_or_for_choices_that_nobody_asked_for_is_left_alone()
    {
        var chunks = new ChatChunks(1);

        Assert.Empty(Take(chunks,
            """{"choices":[{"index":1,"delta":{"content":"x"}},{"index":-1,"delta":{"content":"x"}},{"index":0,"delta":{},"finish_reason":"stop"}]}""",
            """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"length"}]}"""));
        Assert.Equal("stop", Assert.Single(chunks.Finishes()).Reason);
    }

    private static List<string> Take(ChatChunks chunks, params string[] jsons)
    {
        var steps = new List<EngineEvent>();
        foreach (var json in jsons)
        {
            using var chunk = JsonDocument.Parse(json);
            chunks.Take(chunk.RootElement, steps);
        }
        return [.. steps.Select(s => s switch
        {
            EngineTokens t => $"{t.Index}: {t.Text} [{string.Join(',', t.Ids)}]",
            EnginePiece p => $"{p.Index}: {Encoding.UTF8.GetString(p.Choice.Span)}",
            _ => s.ToString(),
        })];
    }
}
