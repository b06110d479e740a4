using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Vllm;

namespace Clawdbot.Tests.Shim.Engines.Vllm;

/// <summary>Ids are bytes here: the hardest tokenizer there is.</summary>
public sealed class VllmChunksTests
{
    private const string Text = "Das 图 zeigt 🐚🦀, a crab — and «more» than 🦀 that.";

    private int _longest;

    [Theory]
    [InlineData()]
    [InlineData("🦀,")]
    [InlineData("zeigt", "crab — an")]
    [InlineData("that!", "图 zeigt 🐚🦐")]
    public async Task What_is_shown_after_a_token_depends_on_the_tokens_alone(params string[] stops)
    {
        var ids = Encoding.UTF8.GetBytes(Text).Select(b => (int)b).ToList();
        var (whole, shown) = (new VllmChunks(DecodeAsync, stops), new List<string> { "" });
        foreach (var id in ids.TakeWhile(_ => !whole.IsStopped))
            shown.Add(shown[^1] + await whole.AddAsync([id], TestContext.Current.CancellationToken));
        var all = shown[^1] + await whole.EndAsync([], "length", TestContext.Current.CancellationToken);
        Assert.Equal(stops.Select(s => Text.IndexOf(s, StringComparison.Ordinal)).FirstOrDefault(i => i >= 0, Text.Length), all.Length);

        for (var cut = 1; cut < shown.Count - 1; cut++)
        {
            var rest = new VllmChunks(DecodeAsync, stops);
            await rest.BeginAsync([.. ids.Take(cut)], TestContext.Current.CancellationToken);
            Assert.Equal(all,
                shown[cut] + await rest.AddAsync([.. ids.Skip(cut)], TestContext.Current.CancellationToken)
                + await rest.EndAsync([], "length", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_long_answer_is_not_decoded_from_its_beginning_again_and_again()
    {
        var text = string.Concat(Enumerable.Repeat(Text, 40));
        var (chunks, shown) = (new VllmChunks(DecodeAsync, []), new StringBuilder());
        foreach (var three in Encoding.UTF8.GetBytes(text).Select(b => (int)b).Chunk(3))
            shown.Append(await chunks.AddAsync(three, TestContext.Current.CancellationToken));

        Assert.Equal(text, shown.ToString());
        Assert.InRange(_longest, 200, 280);
    }

    [Fact]
    public async Task The_token_that_ends_an_answer_is_not_shown_and_half_a_character_is_dropped()
    {
        var (stopped, cut) = (new VllmChunks(DecodeAsync, []), new VllmChunks(DecodeAsync, ["##"]));

        Assert.Equal("ab",
            await stopped.EndAsync([.. "ab$"u8.ToArray().Select(b => (int)b)], "stop", TestContext.Current.CancellationToken));
        Assert.Equal("ab",
            await cut.EndAsync([.. "ab"u8.ToArray().Select(b => (int)b), 0xE5], "length", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Tokens_that_are_no_text_are_refused()
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(
            () => new VllmChunks(DecodeAsync, []).BeginAsync([.. Enumerable.Repeat(0xE5, 40)], TestContext.Current.CancellationToken));

        Assert.Equal(409, refusal.Status);
    }

    private Task<string> DecodeAsync(IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        _longest = Math.Max(_longest, ids.Count);
        return Task.FromResult(Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)]));
    }
}
