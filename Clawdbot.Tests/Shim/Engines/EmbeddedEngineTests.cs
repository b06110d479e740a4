using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Engines;

public sealed class EmbeddedEngineTests : IDisposable
{
    private const string Question = "What can you tell me about a lobster?";
    private const string Chinese = "请描述这张图片里有什么颜色";

    private readonly EmbeddedEngine _engine = new(
        Options.Create(new EngineOptions { Embedded = new EmbeddedEngineOptions { TokensPerSecond = 0, FirstTokenDelayMilliseconds = 0 } }),
        new ManualTimeProvider());

    [Theory]
    [InlineData(Question)]
    [InlineData(Chinese)]
    public async Task The_same_seed_gives_the_same_answer_token_by_token(string question)
    {
        var (first, second) = (await AskAsync(Ask(question, seed: 7)), await AskAsync(Ask(question, seed: 7)));

        Assert.Equal(Comparable(first), Comparable(second));
        Assert.True(first.Count > 20);
    }

    [Theory]
    [InlineData(Question)]
    [InlineData(Chinese)]
    public async Task Different_seeds_give_different_wordings(string question)
    {
        var answers = new HashSet<string>();
        for (var seed = 0; seed < 10; seed++)
            answers.Add(Text(await AskAsync(Ask(question, seed))));

        Assert.InRange(answers.Count, 5, 10);
    }

    [Fact]
    public async Task An_answer_starts_once_and_each_choice_finishes_once_and_last()
    {
        var events = await AskAsync(Ask(Question) with { Choices = 3 });

        Assert.Single(events.OfType<EngineStarted>());
        Assert.IsType<EngineStarted>(events[0]);
        for (var choice = 0; choice < 3; choice++)
        {
            var own = events.Where(e => e is EngineTokens t ? t.Index == choice : e is EngineFinished f && f.Index == choice).ToList();
            var finish = Assert.IsType<EngineFinished>(own[^1]);
            Assert.Equal(("stop", own.Count - 1), (finish.Reason, finish.CompletionTokens));
            Assert.Single(own.OfType<EngineFinished>());
        }
    }

    [Fact]
    public async Task The_first_of_several_choices_is_the_answer_of_the_seed_alone_and_the_others_differ()
    {
        var several = await AskAsync(Ask(Question, seed: 3) with { Choices = 4 });

        Assert.Equal(Text(await AskAsync(Ask(Question, seed: 3))), Text(several, 0));
        Assert.InRange(Enumerable.Range(0, 4).Select(i => Text(several, i)).Distinct().Count(), 2, 4);
    }

    [Theory]
    [InlineData(Question)]
    [InlineData(Chinese)]
    public async Task An_answer_ends_at_its_token_limit_with_the_beginning_of_the_whole_one(string question)
    {
        var whole = await AskAsync(Ask(question));
        foreach (var limit in (int[])[1, 2, 3, 10])
        {
            var events = await AskAsync(Ask(question) with { MaxTokens = limit });

            Assert.Equal(Ids(whole).Take(limit), Ids(events));
            Assert.Equal(("length", limit), (Finish(events).Reason, Finish(events).CompletionTokens));
            Assert.StartsWith(Text(events), Text(whole), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Question)]
    [InlineData(Chinese)]
    public async Task An_answer_ends_before_a_stop_string_wherever_it_is_met(string question)
    {
        var whole = Text(await AskAsync(Ask(question)));
        for (var at = 1; at + 3 < whole.Length; at += 5)
        {
            if (char.IsLowSurrogate(whole[at]) || char.IsHighSurrogate(whole[at + 2]))
                continue;
            var stop = whole.Substring(at, 3);
            var events = await AskAsync(Ask(question) with { Stop = ["never said", stop] });

            Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], Text(events));
            Assert.Equal("stop", Finish(events).Reason);
        }
    }

    [Theory]
    [InlineData(Question, null, null)]
    [InlineData(Chinese, null, null)]
    [InlineData(Question, 25, null)]
    [InlineData(Chinese, 25, null)]
    [InlineData(Question, null, "a real")]
    [InlineData(Chinese, null, "。")]
    public async Task Going_on_from_any_token_gives_exactly_what_was_missing_and_generates_nothing_twice(
        string question, int? limit, string? stop)
    {
        var request = Ask(question, seed: 11) with { MaxTokens = limit, Stop = stop is null ? [] : [stop] };
        var undisturbed = await AskAsync(request);
        var ids = Ids(undisturbed);
        for (var given = 0; given <= ids.Count; given++)
        {
            var rest = await AskAsync(request with { Continue = ids.Take(given).ToList() });

            Assert.Equal(undisturbed[0], rest[0]);
            Assert.Equal(Comparable(undisturbed.Skip(1 + given)), Comparable(rest.Skip(1)));
        }
    }

    [Fact]
    public async Task What_this_engine_would_not_have_said_it_does_not_go_on_from()
    {
        var ids = Ids(await AskAsync(Ask(Question, seed: 1)));
        List<int>[] foreign =
        [
            [ids[0], ids[1] == 65 ? 66 : 65],
            [.. ids, 65],
            [.. ids.Skip(1)],
            [-1],
            [int.MaxValue],
        ];

        foreach (var given in foreign)
            await RefusesAsync(Ask(Question, seed: 1) with { Continue = given });
        await RefusesAsync(Ask(Question, seed: 1) with { Continue = ids.Take(6).ToList(), MaxTokens = 5 });
        await RefusesAsync(Ask("Something else entirely, please?", seed: 1) with { Continue = ids });
    }

    [Fact]
    public async Task An_answer_is_no_continuation_of_the_one_of_another_seed()
    {
        var answers = new List<List<int>>();
        for (var seed = 0; seed < 6; seed++)
            answers.Add(Ids(await AskAsync(Ask(Question, seed))));
        for (var seed = 1; seed < 6; seed++)
        {
            if (!answers[seed].SequenceEqual(answers[0]))
                await RefusesAsync(Ask(Question, seed: 0) with { Continue = answers[seed] });
        }
    }

    [Fact]
    public async Task The_bytes_of_the_tokens_are_the_text()
    {
        var events = await AskAsync(Ask(Chinese));
        var bytes = Ids(events).SelectMany(id => Tokenizer.Default.Bytes(id).ToArray()).ToArray();

        Assert.Equal(Text(events), Encoding.UTF8.GetString(bytes));
        Assert.Contains(events.OfType<EngineTokens>(), t => t.Text.Length == 0); // some tokens end inside of a character
    }

    [Fact]
    public async Task A_prompt_beyond_the_context_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => AskAsync(Ask(Question) with { MaxTokens = 65_536 }));

        Assert.Equal((400, "context_length_exceeded"), (refusal.Status, refusal.Code));
    }

    [Theory]
    [InlineData(""","tools":[{}]""", "tools")]
    [InlineData(""","logprobs":true""", "logprobs")]
    [InlineData(""","response_format":{"type":"json_object"}""", "response_format")]
    [InlineData(""","response_format":{"type":5}""", "response_format")]
    public async Task What_it_cannot_honour_it_refuses_with_the_field_at_fault(string fields, string param)
    {
        var request = new EngineRequest(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"hi"}]{{fields}}}"""),
            new GenerationExtras());

        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(async () =>
        {
            await foreach (var _ in _engine.GenerateAsync(request, TestContext.Current.CancellationToken))
            {
            }
        });

        Assert.Equal((400, "unsupported_parameter", param), (refusal.Status, refusal.Code, refusal.Param));
    }

    [Fact]
    public async Task Its_own_numbers_show_what_runs_and_that_a_cancelled_generation_does_not()
    {
        using var client = new CancellationTokenSource();
        await using var steps = _engine.GenerateAsync(Ask(Question), client.Token).GetAsyncEnumerator(client.Token);
        for (var i = 0; i < 4; i++)
            Assert.True(await steps.MoveNextAsync());
        Assert.Equal(new EngineLoad(1, 0, CacheHitRate: 0, TokensGenerated: 3),
            await _engine.LoadAsync(TestContext.Current.CancellationToken));

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await steps.MoveNextAsync());

        Assert.Equal(new EngineLoad(0, 0, CacheHitRate: 0, TokensGenerated: 3),
            await _engine.LoadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_generation()
    {
        using var client = new CancellationTokenSource();
        var events = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _engine.GenerateAsync(Ask(Question), client.Token))
            {
                if (++events == 5)
                    await client.CancelAsync();
            }
        });

        Assert.Equal(5, events);
    }

    public void Dispose() => _engine.Dispose();

    private async Task RefusesAsync(ChatRequest request)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => AskAsync(request));
        Assert.Equal((409, "continuation_mismatch"), (refusal.Status, refusal.Code));
    }

    /// <summary>Lists are no values.</summary>
    private static IEnumerable<object> Comparable(IEnumerable<EngineEvent> events) =>
        events.Select(e => e is EngineTokens t ? (object)(t.Index, t.Text, string.Join(',', t.Ids)) : e);

    private async Task<List<EngineEvent>> AskAsync(ChatRequest request)
    {
        var events = new List<EngineEvent>();
        await foreach (var step in _engine.GenerateAsync(request, TestContext.Current.CancellationToken))
            events.Add(step);
        return events;
    }

    private static ChatRequest Ask(string question, long seed = 0) =>
        new() { Messages = [new ChatMessage("user", [new TextPart(question)])], Seed = seed };

    private static List<int> Ids(List<EngineEvent> events) =>
        [.. events.OfType<EngineTokens>().Where(t => t.Index == 0).SelectMany(t => t.Ids)];

    private static EngineFinished Finish(List<EngineEvent> events) => Assert.Single(events.OfType<EngineFinished>());

    private static string Text(List<EngineEvent> events, int index = 0) => string.Concat(events.Select(e => e switch
    {
        EngineTokens token when token.Index == index => token.Text,
        EngineFinished finish when finish.Index == index => finish.Text,
        _ => "",
    }));
}
