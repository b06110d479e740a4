using System.Text;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Tests.Fakes;
using Clawdbot.Gateway.Forwarding;

namespace Clawdbot.Tests.Gateway.Edge;

public sealed class ChatScanTests
{
    private const string Messages = """[{"role":"user","content":"hi"}]""";

    /// <summary>Body, code, param.</summary>
    public static TheoryData<string, string, string?> Refused => new()
    {
        { "", "invalid_json", null },
        { "[]", "invalid_json", null },
        { "3", "invalid_json", null },
        { "{", "invalid_json", null },
        { $$"""{"model":"m","messages":{{Messages}}""", "invalid_json", null },
        { $$"""{"model":"m","messages":{{Messages}},}""", "invalid_json", null },
        { $$"""{"model":"m","messages":{{Messages}}} x""", "invalid_json", null },
        { $$"""{"model":"m","messages":{{Messages}}}{}""", "invalid_json", null },
        { $$"""{"model":"m",/* c */"messages":{{Messages}}}""", "invalid_json", null },
        { $$"""{"\ud800":1,"model":"m","messages":{{Messages}}}""", "invalid_json", null },
        { $$"""{"model":"\ud800","messages":{{Messages}}}""", "invalid_json", null },
        { "\uFEFF" + $$"""{"model":"m","messages":{{Messages}}}""", "invalid_json", null },
        { $$"""{"model":"m","messages":{{Messages}},"x":{{new string('[', 64)}}{{new string(']', 64)}}}""", "json_too_deep", null },
        { With("x", string.Concat(Enumerable.Repeat("[0,", 64)) + "0" + new string(']', 64)), "json_too_deep", null },
        { With("x", string.Concat(Enumerable.Repeat("{\"x\":", 64)) + "0" + new string('}', 64)), "json_too_deep", null },
        { $$"""{"model":"a","model":"b","messages":{{Messages}}}""", "duplicate_key", "model" },
        { $$"""{"model":"a","\u006dodel":"b","messages":{{Messages}}}""", "duplicate_key", "model" },
        { $$"""{"model":"a","messages":{{Messages}},"x":1,"x":1}""", "duplicate_key", "x" },
        { $$"""{"model":"m","messages":{{Messages}},{{string.Join(',', Enumerable.Range(0, 127).Select(i => $"\"k{i}\":0"))}}}""",
            "too_many_keys", null },
        { $$"""{"model":"m","messages":{{Messages}},"clawdbot":{} }""", "reserved_key", "clawdbot" },
        { $$"""{"model":"m","messages":{{Messages}},"\u0063lawdbot":{} }""", "reserved_key", "clawdbot" },
        { "{}", "missing_field", "model" },
        { $$"""{"messages":{{Messages}}}""", "missing_field", "model" },
        { $$"""{"model":"","messages":{{Messages}}}""", "missing_field", "model" },
        { """{"model":"m"}""", "missing_field", "messages" },
        { With("model", "3"), "invalid_type", "model" },
        { With("model", "null"), "missing_field", "model" },
        { With("model", $"\"{new string('m', 257)}\""), "invalid_value", "model" },
        { With("messages", "null"), "invalid_type", "messages" },
        { With("messages", "{}"), "invalid_type", "messages" },
        { With("messages", "[]"), "empty_messages", "messages" },
        { With("messages", $"[{string.Join(',', Enumerable.Repeat(Messages[1..^1], 2049))}]"), "too_many_messages", "messages" },
        { With("messages", "[5]"), "invalid_type", "messages[0]" },
        { With("messages", """[{"content":"hi"}]"""), "missing_field", "messages[0].role" },
        { With("messages", """[{"role":5,"content":"hi"}]"""), "invalid_type", "messages[0].role" },
        { With("messages", """[{"role":"a robot","content":"hi"}]"""), "invalid_value", "messages[0].role" },
        { With("messages", """[{"role":"user","content":"hi"},{"role":"user"}]"""), "missing_field", "messages[1].content" },
        { With("messages", """[{"role":"user","content":5}]"""), "invalid_type", "messages[0].content" },
        { Part("5"), "invalid_type", "messages[0].content[0]" },
        { Part("{}"), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"text"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"audio","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"image_url","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"refusal","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":5,"text":"x"}"""), "invalid_type", "messages[0].content[0].type" },
        { Part("""{"type":"text","text":5}"""), "invalid_type", "messages[0].content[0].text" },
        { Part("""{"type":"image_url","image_url":{}}"""), "missing_field", "messages[0].content[0].image_url.url" },
        { Image("5"), "invalid_type", "messages[0].content[0].image_url.url" },
        { Image("\"https://example.com/cat.png\""), "image_url_not_supported", "messages[0].content[0].image_url.url" },
        { Image("\"file:///etc/passwd\""), "image_url_not_supported", "messages[0].content[0].image_url.url" },
        { Image("\"data:image/png,abc\""), "image_url_not_supported", "messages[0].content[0].image_url.url" },
        { With("stream", "\"yes\""), "invalid_type", "stream" },
        { With("stream", "1"), "invalid_type", "stream" },
        { With("stream_options", "true"), "invalid_type", "stream_options" },
        { With("stream_options", """{"include_usage":1}"""), "invalid_type", "stream_options.include_usage" },
        { With("n", "\"2\""), "invalid_type", "n" },
        { With("n", "0"), "invalid_value", "n" },
        { With("n", "9"), "invalid_value", "n" },
        { With("n", "1.5"), "invalid_value", "n" },
        { With("seed", "\"a\""), "invalid_type", "seed" },
        { With("seed", "9223372036854775808"), "invalid_value", "seed" },
        { With("max_tokens", "\"a\""), "invalid_type", "max_tokens" },
        { With("max_completion_tokens", "2147483648"), "invalid_value", "max_completion_tokens" },
        { With("temperature", "\"hot\""), "invalid_type", "temperature" },
        { With("temperature", "100.1"), "invalid_value", "temperature" },
        { With("temperature", "-0.1"), "invalid_value", "temperature" },
        { With("temperature", "1e999"), "invalid_value", "temperature" },
        { With("top_p", "1.01"), "invalid_value", "top_p" },
        { With("top_p", "-0.1"), "invalid_value", "top_p" },
        { With("presence_penalty", "-2.1"), "invalid_value", "presence_penalty" },
        { With("frequency_penalty", "2.1"), "invalid_value", "frequency_penalty" },
        { With("stop", "5"), "invalid_type", "stop" },
        { With("stop", "[5]"), "invalid_type", "stop" },
        { With("stop", $"[{string.Join(',', Enumerable.Repeat("\"a\"", 65))}]"), "invalid_value", "stop" },
        { With("max_tokens", "-2"), "invalid_value", "max_tokens" },
        { With("max_tokens", "0.5"), "invalid_value", "max_tokens" },
        { Part("""{"type":"image_url","image_url":"https://example.com/cat.png"}"""), "image_url_not_supported", "messages[0].content[0].image_url" },
        { Part("""{"type":"video_url","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"video_url","video_url":{"url":"http://169.254.169.254/"}}"""), "media_url_not_supported", "messages[0].content[0].video_url.url" },
        { Part("""{"type":"file","file":{"file_url":"file:///etc/passwd"}}"""), "media_url_not_supported", "messages[0].content[0].file.file_url" },
        { Part("""{"type":"input_audio","input_audio":5}"""), "invalid_type", "messages[0].content[0].input_audio" },
    };

    /// <summary>Body, stream, usage, choices, seed.</summary>
    public static TheoryData<string, bool, bool, int, bool> Taken => new()
    {
        { With("x", "1"), false, false, 1, false },
        { With("stream", "true"), true, false, 1, false },
        { With("stream", "null"), false, false, 1, false },
        { With("stream_options", """{"other":{"include_usage":false},"include_usage":true}"""), false, true, 1, false },
        { With("stream_options", "null"), false, false, 1, false },
        { With("n", "8"), false, false, 8, false },
        { With("n", "null"), false, false, 1, false },
        { With("seed", "-9223372036854775808"), false, false, 1, true },
        { With("seed", "null"), false, false, 1, false },
        { With("max_tokens", "2147483647"), false, false, 1, false },
        { With("temperature", "2.5"), false, false, 1, false },
        { With("max_tokens", "-1"), false, false, 1, false },
        { Part("""{"type":"text","text":"x","image_url":null},{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"""), false, false, 1, false },
        { Part("""{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"},"uuid":"u"},{"type":"file","file":{"file_data":"AAAA"}}"""), false, false, 1, false },
        { With("stop", """["a","b","c","d"]"""), false, false, 1, false },
        { With("stop", "\"a\""), false, false, 1, false },
        { With("tools", """[{"type":"function"}]"""), false, false, 1, false },
        { With("messages", """[{"role":"assistant","tool_calls":[]},{"role":"tool","content":"x"}]"""), false, false, 1, false },
        { With("messages", """[{"role":"critic","content":"x"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]"""), false, false, 1, false },
        { With("messages", """[{"role":"developer","content":null},{"role":"user","content":[]}]"""), false, false, 1, false },
        { With("messages", $"[{string.Join(',', Enumerable.Repeat(Messages[1..^1], 2048))}]"), false, false, 1, false },
        { Part("""{"text":"x","type":"text"},{"image_url":{"detail":"low","url":"data:image\/png;base64,AA=="},"type":"image_url"}"""),
            false, false, 1, false },
        { With("x", new string('[', 62) + new string(']', 62)), false, false, 1, false },
    };

    [Theory]
    [InlineData("", true)]
    [InlineData(
        ""","tools":null,"functions":[],"response_format":{"type":"text"},"logprobs":false,"top_logprobs":0,"guided_json":null,"grammar":"" """,
        true)]
    [InlineData(""","response_format":{"x":[{"type":"json"}],"type":"text","y":{}}""", true)]
    [InlineData(""","tool_choice":"none","parallel_tool_calls":true""", true)]
    [InlineData(""","tools":[{"type":"function","function":{"name":"f"}}]""", false)]
    [InlineData(""","functions":[1,[2]]""", false)]
    [InlineData(""","response_format":{"type":"json_object"}""", false)]
    [InlineData(""","response_format":{"type":"json_schema","json_schema":{"type":"text"}}""", false)]
    [InlineData(""","response_format":{}""", false)]
    [InlineData(""","response_format":{"type":5}""", false)]
    [InlineData(""","logprobs":true""", false)]
    [InlineData(""","logprobs":5""", false)]
    [InlineData(""","top_logprobs":0.5""", false)]
    [InlineData(""","guided_choice":["a"]""", false)]
    [InlineData(""","guided_json":{"type":"object"},"seed":1""", false)]
    [InlineData(""","grammar":"root ::= x" """, false)]
    [InlineData(""","regex":"a+","tools":null""", false)]
    public void Whether_only_text_is_asked_for_is_seen_and_what_follows_is_read(string fields, bool onlyText)
    {
        var read = ChatScan.Read(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":{{Messages}}{{fields}},"n":2}"""));

        Assert.Equal((onlyText, 2), (read.OnlyText, read.Choices));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_chat_request_is_refused_with_a_code_and_the_field_at_fault(string body, string code, string? param)
    {
        var error = Assert.Throws<ApiException>(() => ChatScan.Read(Encoding.UTF8.GetBytes(body))).Error;

        Assert.Equal((400, code, param), (error.Status, error.Code, error.Param));
    }

    [Theory]
    [MemberData(nameof(Taken))]
    public void What_routing_needs_is_read_from_a_chat_request(string body, bool stream, bool usage, int choices, bool seed)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var read = ChatScan.Read(bytes);

        Assert.Equal(("m", stream, usage, choices, seed), (read.Model, read.Stream, read.IncludeUsage, read.Choices, read.HasSeed));
        Assert.True(read.Body.Span.SequenceEqual(bytes));
    }

    /// <summary>What a client writes, and what is sent to engines in its place.</summary>
    public static TheoryData<string, string> Edited => new()
    {
        { With("stop", "\"\""), With("stop", "null") },
        { With("stop", """[ "" , "a", "", "\"b" ]"""), With("stop", """["a","\"b"]""") },
        { With("stop", """["",""]"""), With("stop", "null") },
        { With("max_tokens", "5.0"), With("max_tokens", "5") },
        { With("max_completion_tokens", "-1"), With("max_completion_tokens", "-1") },
        { Part("""{"type":"image_url","image_url": "data:image/png;base64,AAAA" }"""),
            Part("""{"type":"image_url","image_url": {"url":"data:image/png;base64,AAAA"} }""") },
        { Image("\"data:image/png;base64,AAA\""), Image("\"data:image/png;base64,AAA=\"") },
        { Image("\"data:image/png;base64,AA=\""), Image("\"data:image/png;base64,AA==\"") },
        { Image("\"DATA:image/png;base64,-_8A-_\""), Image("\"data:image/png;base64,+/8A+/==\"") },
        { Part("""{"type":"image_url","image_url":"data:image/png;base64,-_8A-_"}"""),
            Part("""{"type":"image_url","image_url":{"url":"data:image/png;base64,+/8A+/=="}}""") },
        { Part("""{"type":"image_url","image_url":"DATA:Image/PNG;BASE64,AAAA"},{"type":"image_url","image_url":{"url":"Data:;Base64,BBBB","detail":"low"}}"""),
            Part("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"data:;base64,BBBB","detail":"low"}}""") },
    };

    [Theory]
    [MemberData(nameof(Edited))]
    public async Task What_engines_would_not_read_is_sent_as_they_read_it(string body, string sent)
    {
        var read = ChatScan.Read(Encoding.UTF8.GetBytes(body));
        using var content = new ReplayBody(read.Body, new(null, null), read.Edits);

        Assert.Equal(sent, (await content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Replace("\"clawdbot\":{},", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_picture_in_the_alphabet_for_URLs_is_sent_and_hashed_in_the_standard_one()
    {
        var file = new byte[300_001];
        new Random(1).NextBytes(file);
        var standard = Image($"\"data:image/png;base64,{Convert.ToBase64String(file)}\"");
        var read = ChatScan.Read(Encoding.UTF8.GetBytes(Image($"\"data:image/png;base64,{System.Buffers.Text.Base64Url.EncodeToString(file)}\"")));
        using var content = new ReplayBody(read.Body, new(null, null), read.Edits);
        var sent = await content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(standard, sent.Replace("\"clawdbot\":{},", "", StringComparison.Ordinal));
        Assert.Equal(ChatScan.Read(Encoding.UTF8.GetBytes(standard)).Pictures!.All, read.Pictures!.All);
    }

    [Fact]
    public void A_plain_request_is_sent_as_it_is() => Assert.Null(ChatScan.Read(Encoding.UTF8.GetBytes(With("stop", "[\"a\"]"))).Edits);

    [Theory]
    [InlineData("-1", null)]
    [InlineData("0", null)]
    [InlineData("5.0", 5)]
    public void A_limit_that_says_nothing_is_none(string written, int? limit) =>
        Assert.Equal(limit, ChatScan.Read(Encoding.UTF8.GetBytes(With("max_tokens", written))).MaxTokens);

    [Fact]
    public void How_much_there_is_to_read_is_estimated_from_the_text_and_the_pixels_of_pictures()
    {
        var picture = Convert.ToBase64String(Pictures.Claiming(640, 480));
        string Body(string url, string text) => $$$"""{"model":"m","max_tokens":77,"messages":[{"role":"user","content":[{"type":"text","text":"{{{text}}}"},{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""";
        var read = ChatScan.Read(Encoding.UTF8.GetBytes(Body($"data:image/png;base64,{picture}", new string('x', 4000))));
        var unknown = ChatScan.Read(Encoding.UTF8.GetBytes(Body("data:image/tiff;base64,AAAA", "")));

        Assert.Equal((302, 77), (read.Prompt.ImageTokens, read.MaxTokens)); // as ImageTokens counts them; the file's own bytes are no text
        Assert.InRange(read.Prompt.TextTokens, 1000, 1050);
        Assert.Equal(1280, unknown.Prompt.ImageTokens);
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        var latin1 = Encoding.Latin1.GetBytes(With("x", "\"\u00fc\""));

        Assert.Equal("invalid_json", Assert.Throws<ApiException>(() => ChatScan.Read(latin1)).Error.Code);
    }

    /// <summary>A valid request but for <paramref name="field"/>.</summary>
    private static string With(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["model"] = "\"m\"", ["messages"] = Messages, [field] = value };
        return $"{{{string.Join(',', fields.Select(f => $"\"{f.Key}\":{f.Value}"))}}}";
    }

    private static string Part(string part) => With("messages", $$"""[{"role":"user","content":[{{part}}]}]""");

    private static string Image(string url) => Part("{\"type\":\"image_url\",\"image_url\":{\"url\":" + url + "}}");
}
