using System.Text;
using System.Text.Json;
using Clawdbot.InferenceShim.Api;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Gateway.Forwarding;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace Clawdbot.Tests.Shim.Api;

public sealed class RequestReaderTests
{
    private static readonly Gen<string> Bodies = Gen.Select(
        Gen.OneOf("", " ", "\r\n\t "), Gen.OneOf("", " ", "\n"),
        Gen.OneOf("\"model\":\"m\"", "\"a\" : {\"clawdbot\":[1.50,-0e0,\"\\u007b\"]}", "\"图片\":\"{\\\"}\\/🦞\"", "\"x\":\"{,\""),
        Gen.OneOf("", " \n"),
        (before, inside, field, after) => $"{before}{{{inside}{field}}}{after}");

    [Fact]
    public Task What_a_gateway_puts_together_is_taken_apart_again() => Gen.Select(
        Bodies, Gen.Nullable(Gen.Long), Gen.Null(Gen.Int.Array), Gen.Bool).SampleAsync(async (body, seed, ids, fold) =>
    {
        using var sent = new ReplayBody(Encoding.UTF8.GetBytes(body), new GenerationExtras(seed, ids, Fold: fold));

        var request = await ReadAsync(await sent.ReadAsByteArrayAsync());

        Assert.Equal(body.TrimStart(), Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal((seed, fold), (request.Extras.Seed, request.Extras.Fold));
        Assert.Equal(ids, request.Extras.Continue);
    }, iter: 500);

    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData(""" { } """)]
    [InlineData("""{"model":"m","clawdbot":{"seed":1}}""")] // a gateway's stands first
    public async Task What_no_gateway_sent_stays_as_it_came(string body)
    {
        var request = await ReadAsync(Encoding.UTF8.GetBytes(body));

        Assert.Equal(body, Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal(new GenerationExtras(), request.Extras);
        Assert.False(request.GoesOn);
    }

    [Fact]
    public async Task Nothing_but_the_gateways_field_is_an_empty_request() =>
        Assert.Equal("{}", Encoding.UTF8.GetString((await ReadAsync("""{ "clawdbot" : {"seed":1} }"""u8.ToArray())).Body.Span));

    [Theory]
    [InlineData(""","continue":[1]""", true)]
    [InlineData(""","continue":[]""", false)]
    [InlineData(""","continue_text":"The ","delivered":1""", true)]
    [InlineData("", false)]
    public async Task Whether_an_answer_goes_on_is_seen(string fields, bool goesOn) =>
        Assert.Equal(goesOn, (await ReadAsync(Encoding.UTF8.GetBytes($$$"""{"clawdbot":{"seed":1{{{fields}}}},"model":"m"}"""))).GoesOn);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("{")]
    [InlineData("""{"clawdbot":{"seed":""")]
    [InlineData("""{"clawdbot":{"seed":"one"}}""")]
    [InlineData("""{"clawdbot":{} "model":"m"}""")]
    public async Task What_does_not_begin_as_an_object_is_refused(string body)
    {
        var refusal = await Assert.ThrowsAsync<EngineRefusalException>(() => ReadAsync(Encoding.UTF8.GetBytes(body)));

        Assert.Equal((400, "invalid_json"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_read_to_its_end()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { text = new string('x', 300_000) });

        Assert.Equal(body, (await ReadAsync(body, isLengthKnown: false)).Body.ToArray());
    }

    private static Task<EngineRequest> ReadAsync(byte[] body, bool isLengthKnown = true)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(body);
        http.Request.ContentLength = isLengthKnown ? body.Length : null;
        return RequestReader.ReadAsync(http.Request, TestContext.Current.CancellationToken);
    }
}
