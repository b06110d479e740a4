using System.Text;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.InferenceShim.Liveness;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Liveness;

public sealed class FailedPicturesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly FailedPictures _pictures;

    public FailedPicturesTests() => _pictures = new FailedPictures(Options.Create(new LivenessOptions()), _time);

    [Theory]
    [InlineData("engine_failed", false, 0, true)]
    [InlineData("engine_cut", true, 0, true)]
    [InlineData("engine_unreachable", true, 0, true)]
    [InlineData("engine_unreachable", false, 0, false)] // it may be another's doing
    [InlineData("engine_cut", false, 0, false)]
    [InlineData("engine_malformed", true, 0, false)]
    [InlineData("engine_failed", true, 1, false)] // the picture had been looked at by then
    public void A_picture_is_suspected_of_what_it_can_have_done(string code, bool alone, int tokens, bool suspected)
    {
        Fail("AAAA", code, alone, tokens);

        Assert.Equal(suspected ? [PictureHashes.Of("data:x;base64,AAAA"u8)] : null, _pictures.Hashes);
    }

    [Fact]
    public void It_is_forgotten_after_ten_minutes_and_when_the_engine_begins_anew()
    {
        Fail("AAAA");
        _time.Advance(TimeSpan.FromMinutes(6));
        Fail("BBBB");
        Assert.Equal(2, _pictures.Hashes!.Count);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal([PictureHashes.Of("data:x;base64,BBBB"u8)], _pictures.Hashes!);
        _pictures.Forget();
        Assert.Null(_pictures.Hashes);
    }

    [Fact]
    public void The_list_is_bounded_and_the_oldest_goes_first()
    {
        for (var i = 1000; i < 1100; i++)
            Fail($"{i}");

        Assert.Equal(64, _pictures.Hashes!.Count);
        Assert.Equal(PictureHashes.Of("data:x;base64,1099"u8), _pictures.Hashes[^1]);
    }

    private void Fail(string picture, string code = "engine_failed", bool alone = true, int tokens = 0)
    {
        var request = new EngineRequest(
            Encoding.UTF8.GetBytes($$$"""{"messages":[{"content":[{"image_url":{"url":"data:x;base64,{{{picture}}}"}}]}]}"""),
            new GenerationExtras());
        var generation = new GenerationInFlight(request, isCanary: false, 1, cameAlone: true) { WasAlone = alone };
        for (var i = 0; i < tokens; i++)
            generation.Came(new EngineTokens(0, "x", []));
        _pictures.Failed(generation, new EngineFailureException(code, "planted"));
    }
}
