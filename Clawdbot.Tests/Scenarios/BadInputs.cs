using System.Text;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>One way of asking wrongly, and what it must be told.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The error's stable code.</param>
/// <param name="Request">Makes the request anew.</param>
internal sealed record BadInput(string Name, int Status, string Code, Func<HttpRequestMessage> Request);

/// <summary>The table of bad inputs.</summary>
internal static partial class BadInputs
{
    private static readonly byte[] Png = Pictures.Png(200, 100, (200, 40, 40), (20, 90, 200));
    private static readonly byte[] Jpeg = Pictures.Jpeg(200, 100, (200, 40, 40), (20, 90, 200));
    private static readonly byte[] WebP = Pictures.WebP(200, 100, (200, 40, 40), (20, 90, 200));

    /// <summary>Everything that a gateway without keys and with its usual limits is asked.</summary>
    public static IReadOnlyList<BadInput> All { get; } = [.. NotJson(), .. WrongFields(), .. BadPictures(), .. WrongHttp(), .. WrongForms()];

    /// <summary>The same body with and without its length told beforehand.</summary>
    public static IReadOnlyList<BadInput> TooLarge(int bytes) =>
    [
        new($"body of {bytes} bytes, length told", 413, "body_too_large", () => Post(new ByteArrayContent(Large(bytes)))),
        new($"body of {bytes} bytes, chunked", 413, "body_too_large", () => Chunked(Post(new ByteArrayContent(Large(bytes))))),
    ];

    private static IEnumerable<BadInput> NotJson() =>
    [
        Body("no body at all", "invalid_json", ""),
        Body("not JSON", "invalid_json", "describe this picture"),
        Body("JSON but no object", "invalid_json", "[1,2,3]"),
        Body("cut off JSON", "invalid_json", $$"""{{{Model}},{{Messages}}"""),
        Body("something after the object", "invalid_json", $$"""{{{Model}},{{Messages}}} {}"""),
        Body("a comment", "invalid_json", $$"""{/* hello */{{Model}},{{Messages}}}"""),
        new("UTF-8 that is none", 400, "invalid_json", () => Post(new ByteArrayContent(
            [.. Encoding.UTF8.GetBytes($$"""{{{Model}},"messages":[{"role":"user","content":" """), 0xC3, 0x28, .. "\"}]}"u8]))),
        new("UTF-16", 400, "invalid_json", () => Post(new ByteArrayContent(Encoding.Unicode.GetBytes($$"""{{{Model}},{{Messages}}}""")))),
        Body("half a surrogate pair in the text", "invalid_json", $$"""{{{Model}},"messages":[{"role":"user","content":"a \ud800 b"}]}"""),
        Body("half a surrogate pair in a key", "invalid_json", $$"""{{{Model}},{{Messages}},"\udc00":1}"""),
        Body("half a surrogate pair in the model", "invalid_json", $$"""{"model":"\ud800",{{Messages}}}"""),
        Body("10,000 levels deep", "json_too_deep", $$"""{{{Model}},{{Messages}},"metadata":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}"""),
        Body("10,000 levels deep in the content", "json_too_deep",
            $$"""{{{Model}},"messages":[{"role":"user","content":[{"type":"text","x":{{new string('[', 10_000)}}"""),
        Body("200 top-level keys", "too_many_keys", $$"""{{{Model}},{{Messages}},{{string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"k{i}\":0"))}}}"""),
        Body("a key twice", "duplicate_key", $$"""{{{Model}},{{Messages}},{{Messages}}}"""),
        Body("a key twice, once escaped", "duplicate_key", $$"""{{{Model}},{{Messages}},"\u006dodel":"another"}"""),
        Body("the gateway's own key", "reserved_key", With("\"clawdbot\":{\"seed\":1,\"continue\":[1,2]}")),
        Body("the gateway's own key, escaped", "reserved_key", With("\"c\\u006cawdbot\":{\"continue\":[1,2]}")),
    ];

    private static IEnumerable<BadInput> WrongFields() =>
    [
        Body("model a number", "invalid_type", $$"""{"model":7,{{Messages}}}"""),
        Body("unknown model", "model_not_found", $$"""{"model":"gpt-9",{{Messages}}}""", 404),
        Body("no messages", "missing_field", $$"""{{{Model}}}"""),
        Body("messages a string", "invalid_type", $$"""{{{Model}},"messages":"hello"}"""),
        Body("messages empty", "empty_messages", $$"""{{{Model}},"messages":[]}"""),
        Body("a message that is a string", "invalid_type", $$"""{{{Model}},"messages":["hello"]}"""),
        Body("a message without role", "missing_field", $$"""{{{Model}},"messages":[{"content":"hello"}]}"""),
        Body("a message whose role is no name", "invalid_value", $$"""{{{Model}},"messages":[{"role":"the boss","content":"hello"}]}"""),
        Body("a message without content", "missing_field", $$"""{{{Model}},"messages":[{"role":"user"}]}"""),
        Body("content a number", "invalid_type", $$"""{{{Model}},"messages":[{"role":"user","content":42}]}"""),
        Body("a part of no known type", "invalid_part", Content("""{"type":"video","video":"x"}""")),
        Body("stream a string", "invalid_type", With("\"stream\":\"yes\"")),
        Body("stream_options a string", "invalid_type", With("\"stream_options\":\"usage\"")),
        Body("max_tokens a string", "invalid_type", With("\"max_tokens\":\"5\"")),
        Body("max_tokens negative", "invalid_value", With("\"max_tokens\":-2")),
        Body("max_tokens zero", "invalid_value", With("\"max_tokens\":0")),
        Body("max_completion_tokens half a token", "invalid_value", With("\"max_completion_tokens\":0.5")),
        Body("more tokens than the context", "context_length_exceeded", With("\"max_tokens\":2147483647")),
        Body("a prompt longer than the context", "context_length_exceeded",
            $$"""{{{Model}},"messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("天 ", 100_000))}}"}]}"""),
        Body("n too large", "invalid_value", With("\"n\":9")),
        Body("n zero", "invalid_value", With("\"n\":0")),
        Body("temperature too high", "invalid_value", With("\"temperature\":101")),
        Body("temperature beyond any number", "invalid_value", With("\"temperature\":1e999")),
        Body("seed beyond 64 bits", "invalid_value", With("\"seed\":99999999999999999999")),
        Body("too many stop strings", "invalid_value", With($"\"stop\":[{string.Join(',', Enumerable.Repeat("\"a\"", 65))}]")),
        Body("a video, which the embedded engine takes none of", "invalid_value", Content("""{"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}}""")),
        Body("a video to be fetched", "media_url_not_supported", Content("""{"type":"video_url","video_url":{"url":"http://169.254.169.254/"}}""")),
        Body("tools, which the embedded engine has none of", "unsupported_parameter", With("""
            "tools":[{"type":"function","function":{"name":"look"}}]
            """)),
        Body("a grammar, which it has none of either", "unsupported_parameter", With("""
            "response_format":{"type":"json_object"}
            """)),
    ];

    private static IEnumerable<BadInput> BadPictures() =>
    [
        Body("a picture that is none", "invalid_image", Picture("this is a text, not a picture"u8)),
        Body("an empty picture", "invalid_image", Picture([])),
        Body("base64 that is none", "invalid_image", Content("""{"type":"image_url","image_url":{"url":"data:image/png;base64,@@@@"}}""")),
        Body("a PNG cut off in its pixels", "invalid_image", Picture(Png.AsSpan(..^40))),
        Body("a PNG cut off in its header", "invalid_image", Picture(Png.AsSpan(..20))),
        Body("a JPEG cut off in its pixels", "invalid_image", Picture(Jpeg.AsSpan(..^200))),
        Body("a JPEG cut off in its header", "invalid_image", Picture(Jpeg.AsSpan(..30))),
        Body("a PNG that claims 60000x60000", "image_too_large", Picture(Pictures.Claiming(60_000, 60_000))),
        Body("a PNG that claims 2147483647x2147483647", "invalid_image", Picture(Pictures.Claiming(int.MaxValue, int.MaxValue))),
        Body("a PNG that claims 0x0", "invalid_image", Picture(Pictures.Claiming(0, 0))),
        Body("a WebP cut off in its pixels", "invalid_image", Picture(WebP.AsSpan(..^20))),
        Body("a HEIC", "unsupported_image_format", Picture(Pictures.Heic())),
        Body("nine pictures", "too_many_images", Content(string.Join(',', Enumerable.Repeat(Part(Png), 9)))),
        Body("a picture to be fetched", "image_url_not_supported", Content("""{"type":"image_url","image_url":{"url":"http://169.254.169.254/latest"}}""")),
        Body("a picture on the gateway's disk", "image_url_not_supported", Content("""{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}""")),
        Body("a picture without URL", "missing_field", Content("""{"type":"image_url","image_url":{}}""")),
        Body("a picture's URL a number", "invalid_type", Content("""{"type":"image_url","image_url":{"url":1}}""")),
        Body("a streaming request with a picture that is none", "invalid_image", Picture("nothing"u8, ",\"stream\":true")),
    ];

    private static IEnumerable<BadInput> WrongHttp() =>
    [
        new("GET where POST is right", 405, "method_not_allowed", () => new(HttpMethod.Get, "/v1/chat/completions")),
        new("DELETE on the models", 405, "method_not_allowed", () => new(HttpMethod.Delete, "/v1/models")),
        new("a path that is none", 404, "unknown_url", () => new(HttpMethod.Get, "/v1/nothing")),
        new("plain text", 415, "unsupported_media_type", () => Post(new StringContent($$"""{{{Model}},{{Messages}}}""", Encoding.UTF8, "text/plain"))),
        new("a form", 415, "unsupported_media_type", () => Post(new FormUrlEncodedContent([new("messages", "hello")]))),
        new("no content type", 415, "unsupported_media_type", () => new(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent([]) }),
        new("a header of ours misspelt", 400, "invalid_header", () => With("X-Clawdbot-Continue", "maybe")),
        new("a Host that is not this machine", 403, "not_local", () => With("Host", "evil.example")),
        new("a Host that only begins like this machine", 403, "not_local", () => With("Host", "localhost.evil.example")),
        new("through a proxy", 403, "not_local", () => With("X-Forwarded-For", "203.0.113.9")),
        new("through a proxy of the standard", 403, "not_local", () => With("Forwarded", "for=203.0.113.9")),
    ];

    private static IEnumerable<BadInput> WrongForms() =>
    [
        Form("a form of no type", "missing_field", """{"content":"hello"}"""),
        Form("a form of an unknown type", "invalid_value", """{"type":"video","content":"hello"}"""),
        Form("a form without content", "missing_field", """{"type":"text"}"""),
        Form("a form whose content is a number", "invalid_type", """{"type":"text","content":5}"""),
        Form("a form whose image is no picture", "invalid_image", """{"type":"image","content":"describe","image":"not base64!"}"""),
        Form("a form with a picture to be fetched", "invalid_image", """{"type":"image","content":"describe","image":"https://example.org/a.png"}"""),
        Form("a form with a key twice", "invalid_json", """{"type":"text","content":"a","content":"b"}"""),
        Form("a form with half a surrogate pair", "invalid_json", """{"type":"text","content":"\ud800"}"""),
        Form("a form that is no JSON", "invalid_json", "hello"),
    ];
}
