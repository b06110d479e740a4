using System.Text;
using System.Text.Json.Nodes;
using Clawdbot.Gateway.Edge;
using Clawdbot.Tests.Fakes;
using Clawdbot.Gateway.Forwarding;
using CsCheck;

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
        { $$"""{"model":"m","messages":{{Messages}},{{string.Join(',', Enumerable.Range(0, 127).Select(i => $"\"k{i}\":0"))}}}""", "too_many_keys", null },
        { $$"""{"model":"m","messages":{{Messages}},"clawdbot":{} }""", "reserved_key", "clawdbot" },
        { $$"""{"model":"m","messages":{{Messages}},"\u0063lawdbot":{} }""", "reserved_key", "clawdbot" },
        { "{}", "missing_field", "model" },
        { $$"""{"messages":{{Messages}}}""", "missing_field", "model" },
        { $$"""{"model":"","messages":{{Messages}}}""", "missing_field", "model" },
        { """{"model":"m"}""", "missing_field", "messages" },
        { With("model", "3"), "invalid_type", "model" },
        { With("model", "null"), "invalid_type", "model" },
        { With("model", $"\"{new string('m', 257)}\""), "invalid_value", "model" },
        { With("messages", "null"), "invalid_type", "messages" },
        { With("messages", "{}"), "invalid_type", "messages" },
        { With("messages", "[]"), "empty_messages", "messages" },
        { With("messages", $"[{string.Join(',', Enumerable.Repeat(Messages[1..^1], 2049))}]"), "too_many_messages", "messages" },
        { With("messages", "[5]"), "invalid_type", "messages[0]" },
        { With("messages", """[{"content":"hi"}]"""), "missing_field", "messages[0].role" },
        { With("messages", """[{"role":5,"content":"hi"}]"""), "invalid_type", "messages[0].role" },
        { With("messages", """[{"role":"robot","content":"hi"}]"""), "invalid_value", "messages[0].role" },
        { With("messages", """[{"role":"user","content":"hi"},{"role":"user"}]"""), "missing_field", "messages[1].content" },
        { With("messages", """[{"role":"user","content":5}]"""), "invalid_type", "messages[0].content" },
        { Part("5"), "invalid_type", "messages[0].content[0]" },
        { Part("{}"), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"text"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"audio","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":"image_url","text":"x"}"""), "invalid_part", "messages[0].content[0]" },
        { Part("""{"type":5,"text":"x"}"""), "invalid_type", "messages[0].content[0].type" },
        { Part("""{"type":"text","text":5}"""), "invalid_type", "messages[0].content[0].text" },
        { Part("""{"type":"image_url","image_url":"data:image/png;base64,AA"}"""), "invalid_type", "messages[0].content[0].image_url" },
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
        { With("max_tokens", "0"), "invalid_value", "max_tokens" },
        { With("max_completion_tokens", "2147483648"), "invalid_value", "max_completion_tokens" },
        { With("temperature", "\"hot\""), "invalid_type", "temperature" },
        { With("temperature", "2.1"), "invalid_value", "temperature" },
        { With("temperature", "1e999"), "invalid_value", "temperature" },
        { With("top_p", "1.01"), "invalid_value", "top_p" },
        { With("top_p", "-0.1"), "invalid_value", "top_p" },
        { With("presence_penalty", "-2.1"), "invalid_value", "presence_penalty" },
        { With("frequency_penalty", "2.1"), "invalid_value", "frequency_penalty" },
        { With("stop", "5"), "invalid_type", "stop" },
        { With("stop", "\"\""), "invalid_type", "stop" },
        { With("stop", "[5]"), "invalid_type", "stop" },
        { With("stop", "[\"\"]"), "invalid_type", "stop" },
        { With("stop", """["a","b","c","d","e"]"""), "invalid_value", "stop" },
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
        { With("temperature", "2"), false, false, 1, false },
        { With("stop", """["a","b","c","d"]"""), false, false, 1, false },
        { With("stop", "\"a\""), false, false, 1, false },
        { With("tools", """[{"type":"function"}]"""), false, false, 1, false },
        { With("messages", """[{"role":"assistant","tool_calls":[]},{"role":"tool","content":"x"}]"""), false, false, 1, false },
        { With("messages", """[{"role":"developer","content":null},{"role":"user","content":[]}]"""), false, false, 1, false },
        { With("messages", $"[{string.Join(',', Enumerable.Repeat(Messages[1..^1], 2048))}]"), false, false, 1, false },
        { Part("""{"text":"x","type":"text"},{"image_url":{"detail":"low","url":"data:image\/png;base64,AA=="},"type":"image_url"}"""), false, false, 1, false },
        { With("x", new string('[', 62) + new string(']', 62)), false, false, 1, false },
    };

    [Theory]
    [InlineData("", true)]
    [InlineData(""","tools":null,"functions":[],"response_format":{"type":"text"},"logprobs":false,"top_logprobs":0,"guided_json":null,"grammar":"" """, true)]
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

    [Fact]
    public void However_a_request_is_spaced_escaped_and_ordered_the_same_is_read() =>
        Gen.Select(Requests, Gen.Int).Sample((request, seed) =>
        {
            var random = new Random(seed);
            var read = ChatScan.Read(Encoding.UTF8.GetBytes(Loosely(request.Json, random)));

            Assert.Equal(
                (request.Model, request.Stream, request.Usage, request.Choices, request.HasSeed),
                (read.Model, read.Stream, read.IncludeUsage, read.Choices, read.HasSeed));
        }, iter: 1000);

    [Fact]
    public void Random_bytes_are_refused_and_never_crash() => Gen.Byte.Array[0, 60].Sample(bytes => ReadsOrRefuses(bytes), iter: 2000);

    [Fact]
    public void A_request_damaged_anywhere_is_read_or_refused_and_never_crashes() =>
        Gen.Select(Requests, Gen.Int, Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte, Gen.Int[0, 2]).Array[1, 3]).Sample((request, seed, damages) =>
        {
            List<byte> bytes = [.. Encoding.UTF8.GetBytes(Loosely(request.Json, new Random(seed)))];
            foreach (var (at, value, kind) in damages.Where(_ => bytes.Count > 1))
            {
                switch (kind)
                {
                    case 0: bytes[at % bytes.Count] = value; break;
                    case 1: bytes.Insert(at % bytes.Count, value); break;
                    default: bytes.RemoveRange(at % bytes.Count, Math.Min(value % 16, bytes.Count - (at % bytes.Count))); break;
                }
            }
            ReadsOrRefuses([.. bytes]);
        }, iter: 3000);

    private static void ReadsOrRefuses(byte[] bytes)
    {
        try
        {
            var read = ChatScan.Read(bytes);
            Assert.NotEmpty(read.Model);
            Assert.InRange(read.Choices, 1, 8);
        }
        catch (ApiException refusal)
        {
            Assert.Equal(400, refusal.Error.Status);
            Assert.NotEmpty(refusal.Error.Code);
        }
    }

    private sealed record Request(JsonObject Json, string Model, bool Stream, bool Usage, int Choices, bool HasSeed);

    private static readonly Gen<string> Word = Gen.OneOf("", "hi", "model", "图片里有什么？", "a \"quoted\" \\ path/to\tit\n", "🦞", "clawdbot", "</script>");

    private static readonly Gen<Request> Requests = Gen.Select(
        Gen.OneOf("m", "qwen3-vl", "模型/a"), Gen.Bool, Gen.Bool, Gen.Int[1, 8], Gen.Nullable(Gen.Long), Word.Array[1, 3], Gen.Bool, Word,
        (model, stream, usage, choices, seed, words, picture, extra) =>
        {
            JsonNode content = picture
                ? new JsonArray(
                    new JsonObject { ["type"] = "text", ["text"] = words[0] },
                    new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64,iVBORw0KGgo/" } })
                : words[0];
            var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content });
            foreach (var word in words.Skip(1))
                messages.Add(new JsonObject { ["content"] = word, ["role"] = "assistant", ["name"] = extra });
            var json = new JsonObject
            {
                ["model"] = model,
                ["messages"] = messages,
                ["stream"] = stream,
                ["stream_options"] = new JsonObject { ["include_usage"] = usage },
                ["n"] = choices,
                ["seed"] = seed,
                [$"x-{extra}"] = new JsonArray(extra, 1.5, null, new JsonObject { ["model"] = "not this" }),
            };
            return new Request(json, model, stream, usage, choices, seed is not null);
        });

    /// <summary>The same document in one of the many ways to write it.</summary>
    private static string Loosely(JsonNode? node, Random random, bool isUrl = false) => Space(random) + node switch
    {
        JsonObject json => "{" + string.Join(',', Shuffled(json, random).Select(p =>
            Space(random) + Quoted(p.Key, random, plainly: false) + Space(random) + ":" + Loosely(p.Value, random, p.Key == "url"))) + Space(random) + "}",
        JsonArray array => "[" + string.Join(',', array.Select(item => Loosely(item, random))) + Space(random) + "]",
        JsonValue value when value.TryGetValue<string>(out var text) => Quoted(text, random, isUrl),
        null => "null",
        _ => node.ToJsonString(),
    } + Space(random);

    private static KeyValuePair<string, JsonNode?>[] Shuffled(JsonObject json, Random random)
    {
        var pairs = json.ToArray();
        random.Shuffle(pairs);
        return pairs;
    }

    private static string Space(Random random) => random.Next(4) == 0 ? string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => " \t\r\n"[random.Next(4)])) : "";

    /// <summary>A string of JSON; <paramref name="plainly"/> with no escapes but those that encoders are known to make in a URL.</summary>
    private static string Quoted(string text, Random random, bool plainly)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c == '/' && random.Next(2) == 0)
                quoted.Append("\\/");
            else if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c < ' ' || (!plainly && random.Next(4) == 0))
                quoted.Append(random.Next(2) == 0 ? $"\\u{(int)c:x4}" : $"\\u{(int)c:X4}");
            else if (char.IsSurrogate(c))
                quoted.Append($"\\u{(int)c:x4}"); // a raw half could stand beside an escaped one
            else
                quoted.Append(c);
        }
        return quoted.Append('"').ToString();
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
