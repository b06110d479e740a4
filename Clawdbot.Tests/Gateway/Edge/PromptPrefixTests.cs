using System.Text;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Requests;

namespace Clawdbot.Tests.Gateway.Edge;

/// <summary>Which requests are taken to share a replica's caches.</summary>
public sealed class PromptPrefixTests
{
    private static readonly string Long = new('x', PromptPrefix.Enough);

    [Fact]
    public void A_conversation_keeps_its_key_as_it_goes_on_and_another_has_another()
    {
        var first = Key(("system", Long), ("user", "What is this?"));

        Assert.NotNull(first);
        Assert.Equal(first, Key(("system", Long), ("user", "What is this?"), ("assistant", "A."), ("user", "Why?")));
        Assert.NotEqual(first, Key(("system", Long), ("user", "What is that?")));
        Assert.NotEqual(first, Key(("system", Long + "y"), ("user", "What is this?")));
    }

    [Fact]
    public void A_short_prompt_has_none_and_a_conversation_gets_one_when_it_has_grown()
    {
        Assert.Null(Key(("user", Long[1..])));
        Assert.Equal(Key(("user", "Hello"), ("assistant", Long)), Key(("user", "Hello"), ("assistant", Long), ("user", "And?")));
        Assert.NotNull(Key(("user", "Hello"), ("assistant", Long)));
    }

    [Fact]
    public void Very_long_instructions_do_not_hide_who_asks() =>
        Assert.NotEqual(Key(("system", string.Concat(Enumerable.Repeat(Long, 10))), ("user", "a")),
            Key(("system", string.Concat(Enumerable.Repeat(Long, 10))), ("user", "b")));

    [Fact]
    public void A_picture_decides_alone_whatever_is_asked_about_it_and_whatever_it_is_said_to_be()
    {
        var (picture, other) = (Base64(1, 1000), Base64(2, 1000));

        Assert.Equal(Key($"data:image/png;base64,{picture}", "What?"), Key($"data:image/jpeg;base64,{picture}", "Where? " + Long));
        Assert.NotEqual(Key($"data:image/png;base64,{picture}", "What?"), Key($"data:image/png;base64,{other}", "What?"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    [InlineData(3_000_000)]
    public void Pictures_of_any_size_are_told_apart_by_their_ends_their_middle_and_their_size(int bytes)
    {
        var url = Encoding.UTF8.GetBytes($"data:image/png;base64,{Base64(1, bytes)}");
        var key = PromptPrefix.OfPicture(url);
        Assert.Equal(key, PromptPrefix.OfPicture([.. url]));
        foreach (var at in (int[])[30, url.Length - 10])
        {
            var changed = url.ToArray();
            changed[at] ^= 1;
            Assert.NotEqual(key, PromptPrefix.OfPicture(changed));
        }
        Assert.NotEqual(key, PromptPrefix.OfPicture(url.AsSpan(0, url.Length - 4)));
        var middle = url.ToArray();
        middle.AsSpan(url.Length / 3, url.Length / 3).Reverse(); // as compressed data is after a change: all of it
        Assert.NotEqual(key, PromptPrefix.OfPicture(middle));
    }

    private static ulong? Key(params (string Role, string Text)[] messages) => ChatScan.Read(JsonSerializer.SerializeToUtf8Bytes(new
    {
        model = "m",
        messages = messages.Select(m => new { content = m.Text, role = m.Role }),
    })).CacheKey;

    private static ulong? Key(string url, string text) => ChatScan.Read(Encoding.UTF8.GetBytes(
        $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"{{{text}}}"},{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""")).CacheKey;

    private static string Base64(int seed, int bytes)
    {
        var data = new byte[bytes];
        new Random(seed).NextBytes(data);
        return Convert.ToBase64String(data);
    }
}
