using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>What clients send that is right in one way and unusual in another.</summary>
public sealed class LooseRequestTests(FastFleet fleet) : IClassFixture<FastFleet>
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly byte[] Plain = Encoding.UTF8.GetBytes(ChatClient.Body("\"hello\"", stream: false, seed: 1));

    public static TheoryData<string> Paths =>
    [
        "//v1/chat/completions", "/v1//chat/completions", "/v1/chat/completions/", "///v1//chat///completions//", "/v1/chat/completions?x=//",
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_path_with_a_slash_too_many_is_understood(string path) => Assert.Equal((200, null), await SendAsync(Plain, path: path));

    [Theory]
    [InlineData("//admin/replicas/x/drain")]
    [InlineData("//api/replicas")]
    [InlineData("/api//replicas")]
    public async Task Only_paths_of_the_APIs_are(string path) => Assert.Equal((404, "unknown_url"), await SendAsync(Plain, path: path));

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("identity")]
    public async Task A_packed_body_is_unpacked(string encoding) => Assert.Equal((200, null), await SendAsync(Pack(Plain, encoding), encoding));

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("compress")]
    public async Task An_encoding_that_is_not_known_is_named(string encoding) =>
        Assert.Equal((415, "unsupported_encoding"), await SendAsync(Plain, encoding));

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_damaged_body_is_refused_and_one_that_is_cut_off_too(string encoding)
    {
        Assert.Equal((400, "invalid_encoding"), await SendAsync(Plain, encoding));
        var (status, code) = await SendAsync(Pack(Plain, encoding)[..^20], encoding);
        Assert.True(status == 400 && code is "invalid_encoding" or "invalid_json", code);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_body_that_grows_without_end_costs_little(string encoding)
    {
        var bomb = Pack(new byte[1 << 30], encoding, CompressionLevel.Fastest);
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 10; i++)
            Assert.Equal((413, "body_grows_too_much"), await SendAsync(bomb[..Math.Min(bomb.Length, 1 << 20)], encoding));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20)); // an unpacked gigabyte each takes longer
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_is_passed_over()
    {
        byte[] marked = [0xEF, 0xBB, 0xBF, .. Plain];
        Assert.Equal((200, null), await SendAsync(marked));
        Assert.Equal((200, null), await SendAsync([0xEF, 0xBB, 0xBF, .. """{"type":"text","content":"hi"}"""u8], path: "/api/process"));
    }

    [Theory]
    [InlineData("\"stop\":\"\"")]
    [InlineData("\"stop\":[\"a1\",\"b1\",\"c1\",\"d1\",\"e1\",\"\"]")]
    [InlineData("\"temperature\":3.5")]
    [InlineData("\"max_tokens\":-1")]
    [InlineData("\"max_tokens\":5.0")]
    [InlineData("\"max_completion_tokens\":null")]
    public async Task The_engine_decides_on_values(string field) =>
        Assert.Equal((200, null), await SendAsync(Encoding.UTF8.GetBytes(ChatClient.Body("\"hello\"", stream: false, seed: 1, $",{field}"))));

    [Theory]
    [InlineData("\"image_url\":\"data:image/png;base64,DATA\"")]
    [InlineData("\"image_url\":{\"url\":\"DATA:IMAGE/PNG;BASE64,DATA\",\"detail\":\"high\"},\"uuid\":\"u\"")]
    public async Task A_picture_may_be_the_string_itself_and_its_head_in_capitals(string image)
    {
        var png = Convert.ToBase64String(Pictures.Png(64, 32, (200, 40, 40), (20, 90, 200)));
        var part = image.Replace(",DATA\"", $",{png}\"", StringComparison.Ordinal);
        Assert.Equal((200, null), await SendAsync(Encoding.UTF8.GetBytes(
            $$"""{"model":"{{ChatClient.Model}}","messages":[{"role":"user","content":[{"type":"image_url",{{part}}}]}]}""")));
    }

    [Theory]
    [InlineData("/v1/chat/completions", true)]
    [InlineData("/v1/chat/completions", false)]
    [InlineData("/api/process", true)]
    public async Task A_picture_may_be_in_base64_of_URLs_or_without_padding(string path, bool isUrl)
    {
        var png = Pictures.Png(64, 33, (200, 40, 40), (20, 90, 200));
        var text = isUrl ? System.Buffers.Text.Base64Url.EncodeToString(png) : Convert.ToBase64String(png).TrimEnd('=');
        var body = path == "/api/process"
            ? $$"""{"type":"image","content":"{{text}}"}"""
            : $$$"""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{text}}}"}}]}]}""";
        Assert.Equal((200, null), await SendAsync(Encoding.UTF8.GetBytes(body), path: path));
    }

    private async Task<(int Status, string? Code)> SendAsync(byte[] body, string? encoding = null, string path = "/v1/chat/completions")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{fleet.Gateway.Address.ToString().TrimEnd('/')}{path}") { Content = content };
        using var response = await fleet.Gateway.Http.SendAsync(request, Cancellation);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return ((int)response.StatusCode,
            document.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
    }

    private static byte[] Pack(byte[] plain, string encoding, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var packed = new MemoryStream();
        using (Stream packing = encoding.ToLowerInvariant() switch
        {
            "br" => new BrotliStream(packed, level, leaveOpen: true),
            "deflate" => new ZLibStream(packed, level, leaveOpen: true),
            "identity" => new BufferedStream(packed),
            _ => new GZipStream(packed, level, leaveOpen: true),
        })
        {
            packing.Write(plain);
            packing.Flush();
            if (encoding == "identity")
                return packed.ToArray();
        }
        return packed.ToArray();
    }
}
