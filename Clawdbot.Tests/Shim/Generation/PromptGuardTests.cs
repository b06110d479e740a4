using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;
using Clawdbot.Tests.Shim.Engines.Vllm;
using System.Net;
using System.Text;

namespace Clawdbot.Tests.Shim.Generation;

/// <summary>What can't fit is refused before the engine sees it, through a shim.</summary>
public sealed class PromptGuardTests : IAsyncLifetime
{
    private VllmFake _fake = null!;
    private HostedShim _shim = null!;
    private FleetCaller _caller = null!;

    public async ValueTask InitializeAsync()
    {
        _fake = await VllmFake.StartAsync();
        _shim = await VllmShim.HostedAsync(_fake, "--Guard:Images=3", "--Guard:ImagePixels=9000000", "--Guard:ImageTokens=4000");
        _caller = new FleetCaller(_shim.Address);
        await _caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
    }

    public async ValueTask DisposeAsync()
    {
        _caller.Dispose();
        await _shim.DisposeAsync();
        await _fake.DisposeAsync();
    }

    [Fact]
    public async Task Too_many_pictures()
    {
        var small = Pictures.Png(8, 8, (1, 2, 3));
        await RefusedAsync("too_many_images", "at most 3", "", small, small, small, small);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("", small, small, small)).Status);
    }

    [Fact]
    public Task A_picture_of_too_many_pixels() =>
        RefusedAsync("image_too_large", "4000x3000 pixels; at most 9000000", "", Pictures.Png(8, 8, (1, 2, 3)),
            Pictures.Claiming(4000, 3000));

    [Fact]
    public async Task Pictures_that_leave_no_room_in_the_context()
    {
        // 8192 tokens, one of them the text's; a picture of 2000 x 1400 is 62 x 44 of them, and the two around.
        var (large, small) = (Pictures.Claiming(2000, 1400), Pictures.Claiming(2000, 1376));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(",\"max_tokens\":8000", large, large, small)).Status);
        await RefusedAsync("context_length_exceeded", "at least 8433 tokens (8432 of them for 3 pictures) and leaves no room", "", large,
            large, Pictures.Claiming(2120, 1440));
    }

    [Fact]
    public async Task Text_alone_is_counted_by_the_engine_which_does_it_exactly()
    {
        var answer = await _caller.GenerateAsync(
            VllmEngineTests.Question("")
                .Replace("\"hi\"", $"\"{string.Concat(Enumerable.Repeat("a ", 9000))}\"", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, answer.Status); // the fake does not count
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("one", 1)]
    [InlineData("  one  two three ", 3)]
    [InlineData("a,b;c", 1)]
    public void Words_are_tokens_at_the_least(string text, long tokens) =>
        Assert.Equal(tokens, LeastTokens.OfText(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Sixteen_chinese_characters_are_one_at_the_least_and_what_a_picture_costs_other_models_nobody_knows()
    {
        Assert.Equal(10, LeastTokens.OfText(Encoding.UTF8.GetBytes(new string('图', 160))));
        Assert.Equal(1, LeastTokens.OfPicture("some-vlm", (4000, 4000), 1280));
        Assert.Equal(1280, LeastTokens.OfPicture("Qwen/Qwen3-VL-30B", (4000, 4000), 1280));
        Assert.Equal(302, LeastTokens.OfPicture("qwen3-vl:30b", (640, 480), 1280));
    }

    private async Task RefusedAsync(string code, string words, string more, params byte[][] pictures)
    {
        var seen = _fake.Core.Bodies.Count;
        var answer = await AskAsync(more, pictures);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Error?.Code));
        Assert.Contains(words, answer.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(seen, _fake.Core.Bodies.Count);
    }

    private Task<FleetAnswer> AskAsync(string more, params byte[][] pictures)
    {
        var parts = pictures.Select(
            p => $$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(p)}}}"}}""");
        return _caller.GenerateAsync(
            $$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"},{{string.Join(',', parts)}}]}]{{more}}}""");
    }
}
