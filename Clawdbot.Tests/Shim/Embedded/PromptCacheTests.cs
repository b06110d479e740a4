using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;
using Xunit;

namespace Clawdbot.Tests.Shim.Embedded;

/// <summary>What the embedded engine does not read twice, and that nobody sees it in an answer.</summary>
public sealed class PromptCacheTests
{
    private static readonly byte[] Red = Pictures.Png(64, 48, (255, 0, 0));
    private static readonly byte[] Blue = Pictures.Png(64, 48, (0, 0, 255));

    [Fact]
    public async Task A_picture_seen_before_is_found_and_the_answer_is_the_same()
    {
        using var engine = Engine(cached: 8);
        var first = await AskAsync(engine, About(Red, "Describe this picture"));
        Assert.Equal(0, await HitRateAsync(engine));

        var again = await AskAsync(engine, About(Red, "Describe this picture"));
        var other = await AskAsync(engine, About(Blue, "Describe this picture"));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(1 / 3.0, (await HitRateAsync(engine))!.Value, 0.001); // all of the second prompt, nothing of the third
    }

    [Fact]
    public async Task The_beginning_of_a_conversation_is_found_and_the_same_words_after_another_beginning_are_not()
    {
        using var engine = Engine(cached: 8);
        await AskAsync(engine, Says("a b c d e f", "first"));
        await AskAsync(engine, Says("another beginning", "first"));
        Assert.Equal(0, await HitRateAsync(engine));

        await AskAsync(engine, Says("a b c d e f", "second"));
        Assert.InRange((await HitRateAsync(engine))!.Value, 0.1, 0.5);
    }

    [Fact]
    public async Task The_picture_unused_for_longest_makes_room()
    {
        using var engine = Engine(cached: 1);
        foreach (var picture in (byte[][])[Red, Blue, Red, Blue])
            await AskAsync(engine, new ChatRequest { Messages = [new("user", [new ImagePart(picture, "p")])] });

        Assert.InRange((await HitRateAsync(engine))!.Value, 0, 0.2); // of the texts alone
    }

    [Fact]
    public async Task A_picture_that_cannot_be_read_is_refused_again_each_time()
    {
        using var engine = Engine(cached: 8);
        for (var i = 0; i < 2; i++)
        {
            var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => AskAsync(engine, About(Red[..^20], "Describe")));
            Assert.Equal("invalid_image", refusal.Code);
        }
    }

    [Fact]
    public void The_least_recently_used_goes_first()
    {
        var kept = new LruCache<string>(2);
        kept.Add(1, "one");
        kept.Add(2, "two");
        Assert.True(kept.TryGet(1, out _));
        kept.Add(3, "three");

        Assert.False(kept.TryGet(2, out _));
        Assert.True(kept.TryGet(1, out var one) && kept.TryGet(3, out _));
        Assert.Equal("one", one);
    }

    private static EmbeddedEngine Engine(int cached) => new(
        Options.Create(
            new EngineOptions { Embedded = new() { TokensPerSecond = 0, FirstTokenDelayMilliseconds = 0, CachedPictures = cached } }),
        new ManualTimeProvider());

    private static ChatRequest About(byte[] picture, string text) =>
        new() { Messages = [new("user", [new TextPart(text), new ImagePart(picture, "p")])], Seed = 7 };

    private static ChatRequest Says(string system, string user) =>
        new() { Messages = [new("system", [new TextPart(system)]), new("user", [new TextPart(user)])], Seed = 7 };

    private static async Task<double?> HitRateAsync(EmbeddedEngine engine) =>
        (await engine.LoadAsync(TestContext.Current.CancellationToken)).CacheHitRate;

    private static async Task<string> AskAsync(EmbeddedEngine engine, ChatRequest request)
    {
        var ids = new List<int>();
        await foreach (var step in engine.GenerateAsync(request, TestContext.Current.CancellationToken))
        {
            if (step is EngineTokens tokens)
                ids.AddRange(tokens.Ids);
        }
        return string.Join(' ', ids);
    }
}
