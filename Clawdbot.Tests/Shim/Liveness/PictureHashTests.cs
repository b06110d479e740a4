using System.Text;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Shim.Liveness;

/// <summary>Gateway and shim call a picture the same.</summary>
public sealed class PictureHashTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"data:image/png;base64,AAAA"}]}""", 0)]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"x"},{"content":[{"type":"text","text":"image_url"},{"image_url":{"detail":"low","url":"data:image/png;base64,AA\/B"},"type":"image_url"}],"role":"user"}]}""", 1)]
    [InlineData(""" { "messages" : [ {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:a;base64,AAAA"}},{"type":"image_url","x":{"url":"data:a;base64,CCCC"},"image_url":{"url":"data:b;base64,BBBB"}}]}] , "model":"m"}""", 2)]
    public void Of_the_same_bytes_they_make_the_same_hashes(string body, int pictures)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var here = new EngineRequest(bytes, new GenerationExtras()).Pictures;

        Assert.Equal(pictures, here.Count);
        Assert.Equal(ChatScan.Read(bytes).Pictures?.All ?? [], here);
        Assert.Equal(pictures, here.Distinct().Count());
    }

    [Fact]
    public void The_same_picture_is_the_same_whatever_its_sender_calls_it() =>
        Assert.Equal(PictureHashes.Of("data:image/png;base64,AAAA"u8), PictureHashes.Of("data:image/jpeg;base64,AAAA"u8));

    [Theory]
    [InlineData("""{"messages":5}""")]
    [InlineData("""{"messages":[{"content":[5,null,{"image_url":[]}]},{"content":{"url":"x"}}]}""")]
    [InlineData("{}")]
    public void What_is_not_as_expected_is_passed_over(string body) =>
        Assert.Empty(new EngineRequest(Encoding.UTF8.GetBytes(body), new GenerationExtras()).Pictures);
}
