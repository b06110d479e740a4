using System.Text;
using System.Threading.Channels;
using Clawdbot.InferenceShim.Api;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Shim.Api;

public sealed class StreamAggregatorTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Channel<EngineEvent> _engine = Channel.CreateUnbounded<EngineEvent>();

    [Fact]
    public async Task Tokens_that_come_fast_travel_together_up_to_the_limit_and_all_before_the_finish()
    {
        var steps = await FoldAsync([.. Enumerable.Range(0, 10).Select(Token), new EngineFinished(0, "stop", "!", null, 10)]);

        Assert.Equal(["0123 [0,1,2,3]", "4567 [4,5,6,7]", "89 [8,9]", "stop !"], steps);
    }

    [Fact]
    public async Task A_token_waits_for_others_only_so_long()
    {
        await using var aggregated = new StreamAggregator(Limits, _time).AggregateAsync(Engine(), TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _engine.Writer.TryWrite(Token(1));
        var next = aggregated.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(next.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await next);
        Assert.Equal("1 [1]", Shown(aggregated.Current));

        next = aggregated.MoveNextAsync().AsTask();
        _time.Advance(TimeSpan.FromHours(1)); // nothing is held: nothing is due
        Assert.False(next.IsCompleted);
        _engine.Writer.Complete();
        Assert.False(await next);
    }

    [Fact]
    public async Task Choices_are_held_apart()
    {
        var steps = await FoldAsync(
            [Token(1), Token(2) with { Index = 1 }, Token(3), Token(4) with { Index = 1 }, new EngineFinished(1, "stop", "", null, 2),
                Token(5), new EngineFinished(0, "length", "", null, 3)]);

        Assert.Equal(["13 [1,3]", "1: 24 [2,4]", "1: stop ", "5 [5]", "length "], steps);
    }

    [Fact]
    public async Task What_is_no_text_is_announced_at_once_and_comes_whole_before_the_finish()
    {
        var steps = await FoldAsync(
        [
            Token(1),
            Piece("""{"delta":{"content":"a","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}}"""),
            Piece("""{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}}"""),
            Piece("""{"delta":{"content":"b","tool_calls":[{"index":0,"id":"c1","function":{"arguments":"1}"}},{"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}}"""),
            new EngineFinished(0, "tool_calls", "", 3, 4),
        ]);

        Assert.Equal(
        [
            "{}", "1ab [1]",
            """{"message":{"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]}}""",
            "tool_calls ",
        ], steps);
    }

    [Fact]
    public async Task Log_probabilities_and_reasoning_are_put_together()
    {
        var steps = await FoldAsync(
        [
            Piece("""{"delta":{"reasoning_content":"Hm, "}}"""),
            Piece("""{"delta":{"reasoning_content":"图。"},"logprobs":null}"""),
            Piece("""{"delta":{"content":"A"},"logprobs":{"content":[{"token":"A","logprob":-0.5}]}}"""),
            Piece("""{"delta":{"content":"B"},"logprobs":{"content":[{"token":"B","logprob":-1}]}}"""),
            new EngineFinished(0, "stop", "", null, null),
        ]);

        Assert.Equal(
        [
            "{}", "AB []",
            """{"message":{"reasoning_content":"Hm, 图。"},"logprobs":{"content":[{"token":"A","logprob":-0.5},{"token":"B","logprob":-1}]}}""",
            "stop ",
        ], steps);
    }

    [Fact]
    public async Task Folded_or_not_the_tokens_are_as_many()
    {
        EngineEvent[] events =
        [
            new EngineTokens(0, "a b", []) { Count = 2 }, new EngineTokens(0, "c", []),
            Piece("""{"delta":{"reasoning_content":"Hm, "}}""") with { Count = 5 },
            Piece("""{"delta":{"content":"A B"},"logprobs":{"content":[]}}""") with { Count = 3 },
            Piece("""{"delta":{"reasoning_content":"図"}}"""),
        ];
        foreach (var step in events.Append(new EngineFinished(0, "stop", "", null, null)))
            _engine.Writer.TryWrite(step);
        _engine.Writer.TryComplete();
        var counts = new List<int>();
        await foreach (var step in new StreamAggregator(Limits, _time).AggregateAsync(Engine(), TestContext.Current.CancellationToken))
            counts.Add(step switch { EngineTokens t => t.Count, EnginePiece p => p.Count, _ => 0 });

        Assert.Equal(2 + 1 + 5 + 3 + 1, counts.Sum());
    }

    [Fact]
    public async Task An_engine_that_fails_fails_here_too()
    {
        _engine.Writer.TryWrite(Token(1));
        _engine.Writer.Complete(new EngineFailureException("engine_failed", "dead"));

        await Assert.ThrowsAsync<EngineFailureException>(() => FoldAsync([]));
    }

    private static ApiOptions Limits => new() { FoldTokens = 4, FoldMilliseconds = 100 };

    private static EngineTokens Token(int i) => new(0, $"{i}", [i]);

    private static EnginePiece Piece(string json) => new(0, Encoding.UTF8.GetBytes(json));

    private IAsyncEnumerator<EngineEvent> Engine() =>
        _engine.Reader.ReadAllAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);

    private async Task<List<string>> FoldAsync(IReadOnlyList<EngineEvent> events)
    {
        foreach (var step in events)
            _engine.Writer.TryWrite(step);
        _engine.Writer.TryComplete();
        var steps = new List<string>();
        await foreach (var step in new StreamAggregator(Limits, _time).AggregateAsync(Engine(), TestContext.Current.CancellationToken))
            steps.Add(Shown(step));
        return steps;
    }

    private static string Shown(EngineEvent step) => step switch
    {
        EngineTokens { Index: 0 } t => $"{t.Text} [{string.Join(',', t.Ids)}]",
        EngineTokens t => $"{t.Index}: {t.Text} [{string.Join(',', t.Ids)}]",
        EnginePiece p => Encoding.UTF8.GetString(p.Choice.Span),
        EngineFinished { Index: 0 } f => $"{f.Reason} {f.Text}",
        EngineFinished f => $"{f.Index}: {f.Reason} {f.Text}",
        _ => step.ToString(),
    };
}
