using Clawdbot.Testing.Load;
using System.Globalization;
using System.Text;
using Clawdbot.Tests.Processes;
using StbImageWriteSharp;

namespace Clawdbot.Tests.Deploy;

/// <summary>Large bodies, and the front's own errors in the gateway's shape.</summary>
public abstract class FrontBodyTests(FastSite fast)
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task A_picture_of_20_MB_is_answered()
    {
        const int Side = 2600;
        using var file = new MemoryStream();
        new ImageWriter().WriteBmp(new byte[Side * Side * 3], Side, Side, ColorComponents.RedGreenBlue, file);
        Assert.True(file.Length > 20_000_000);
        var url = $"data:image/bmp;base64,{Convert.ToBase64String(file.GetBuffer(), 0, (int)file.Length)}";

        var seen = await fast.Front.Chat.SendAsync(ChatClient.Body(
            $$$"""[{"type":"text","text":"How large is this picture?"},{"type":"image_url","image_url":{"url":"{{{url}}}"}}]""", stream: true, seed: 1), stream: true);
        Assert.True(seen is { Status: 200, Whole: true }, $"{seen}");
        Assert.Contains(Side.ToString(CultureInfo.InvariantCulture), seen.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_body_that_is_too_large_for_the_gateway_is_refused_by_the_gateway(bool lengthTold) =>
        AssertTooLargeAsync(36, lengthTold, "Edge:MaxBodyBytes");

    [Fact]
    public async Task The_gateways_own_errors_pass_as_they_are()
    {
        using var wrong = new StringContent("""{"model":"gpt-9","messages":[{"role":"user","content":"hello"}]}""", Encoding.UTF8, "application/json");
        using var unknown = await fast.Front.Http.PostAsync("/v1/chat/completions", wrong);
        Assert.Equal((404, "model_not_found"), ((int)unknown.StatusCode, RawHttp.Code(await unknown.Content.ReadAsStringAsync())));

        using var nothing = await fast.Front.Http.GetAsync("/v1/nothing");
        var body = await nothing.Content.ReadAsStringAsync();
        Assert.Equal((404, "unknown_url"), ((int)nothing.StatusCode, RawHttp.Code(body)));
        Assert.Contains("/v1/nothing", body, StringComparison.Ordinal);
    }

    private protected async Task AssertTooLargeAsync(int size, bool lengthTold, string word)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(new byte[size * MiB]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = !lengthTold;
        using var response = await fast.Front.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal((413, "body_too_large"), ((int)response.StatusCode, RawHttp.Code(body)));
        Assert.Contains(word, body, StringComparison.Ordinal);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True((await fast.Front.Chat.AskAsync("hello", stream: true)).Whole);
    }

    private protected async Task AssertRefusedAsync(string request, int status, string code)
    {
        var (seen, body) = await RawHttp.SendAsync(fast.Front.Address, request.Replace("{long}", new string('x', 40_000), StringComparison.Ordinal));

        Assert.Equal((status, code), (seen, RawHttp.Code(body)));
    }
}

/// <inheritdoc/>
public sealed class NginxBodyTests(NginxFastSite fast) : FrontBodyTests(fast), IClassFixture<NginxFastSite>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task A_body_far_beyond_that_is_refused_by_Nginx(bool lengthTold) => AssertTooLargeAsync(44, lengthTold, "40 MiB");

    [Theory]
    [InlineData("this is no HTTP\r\n\r\n", 400, "bad_http_request")]
    [InlineData("GET /v1/models HTTP/1.1\r\n\r\n", 400, "bad_http_request")] // no Host
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_http_request")]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_http_request")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "bad_http_request")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "request_refused")]
    [InlineData("TRACE /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, "method_not_allowed")]
    [InlineData("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n", 414, "url_too_long")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n", 431, "headers_too_large")]
    public Task What_Nginx_refuses_by_itself_is_told_in_the_gateways_shape(string request, int status, string code) =>
        AssertRefusedAsync(request, status, code);
}

/// <inheritdoc/>
public sealed class HaProxyBodyTests(HaProxyFastSite fast) : FrontBodyTests(fast), IClassFixture<HaProxyFastSite>
{
    private readonly FastSite _fast = fast;

    [Theory]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 46137344\r\n\r\n", 413, "body_too_large")] // before the body
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2C00000\r\n{", 413, "body_too_large")] // by its chunk
    [InlineData("GET /v1/models HTTP/1.1\r\n\r\n", 400, "bad_http_request")] // no Host
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_http_request")]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 404, "unknown_url")]
    [InlineData("TRACE /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, "method_not_allowed")]
    [InlineData("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n", 414, "url_too_long")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n", 431, "headers_too_large")]
    public Task What_HAProxy_refuses_by_its_rules_is_told_in_the_gateways_shape(string request, int status, string code) =>
        AssertRefusedAsync(request, status, code);

    [Theory]
    [InlineData("this is no HTTP\r\n\r\n")]
    [InlineData("GET /v1/mod#els HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET http://other/v1/models HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n")]
    public async Task What_it_cannot_read_it_refuses_in_words_that_cannot_be_configured(string request)
    {
        var (status, body) = await RawHttp.SendAsync(_fast.Front.Address, request);

        Assert.Equal(400, status);
        Assert.Contains("<h1>400 Bad request</h1>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_length_beside_chunks_only_the_chunks_reach_the_gateway()
    {
        await using var gateway = await StandIn.StartAsync();
        await using var front = await HaProxyProcess.StartAsync([gateway.Address]);
        await RawHttp.SendAsync(front.Address, "POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        Assert.DoesNotContain("Content-Length", Assert.Single(gateway.Seen).Headers);
    }
}
